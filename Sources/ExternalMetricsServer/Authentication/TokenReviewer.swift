/// Asks the cluster whose a token is: a `TokenReview` without audiences.
public protocol TokenReviewer: Sendable {
  /// - Throws: anything when the cluster cannot be asked; nothing of the error reaches the client.
  func review(_ token: BearerToken) async throws -> TokenVerdict
}

/// What became of a `TokenReview`.
public enum TokenVerdict: Hashable, Sendable {
  case valid(AccessUser)
  /// Unknown, expired or for others (`status.authenticated` is false).
  case invalid
}
