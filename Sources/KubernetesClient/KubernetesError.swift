/// A request to the Kubernetes API failed, or the way to it is not described well.
public struct KubernetesError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    case notFound
    case alreadyExists
    /// The object changed since it was read.
    case conflict
    /// The resource version or the continuation of a list is too old: list again.
    case gone
    /// The API server does not accept the object or the request.
    case invalid
    case forbidden
    case unauthorized
    case tooManyRequests
    /// Any answer of 500 or above.
    case serverError
    /// No answer: no connection, no answer in time, or the task was cancelled.
    case unreachable
    /// An answer that is not what was asked for.
    case badAnswer
    case badConfiguration
  }

  public var code: Code
  /// The HTTP status; nil when there was no answer.
  public var status: Int?
  /// For an operator: what was asked for, and what the server said. Without secrets.
  public var message: String
  /// When the server wants to be asked again.
  public var retryAfter: Duration?
  /// The `reason` of the server's Status: `NotFound`, `Expired`, …
  public var reason: String?
  /// The task was cancelled: nobody is to blame.
  public var isCancellation = false
  /// The server had closed the connection before it read the request, most likely.
  var isClosedConnection = false

  public init(
    _ code: Code, status: Int? = nil, message: String, retryAfter: Duration? = nil, reason: String? = nil
  ) {
    self.code = code
    self.status = status
    self.message = message
    self.retryAfter = retryAfter
    self.reason = reason
  }

  public var description: String { message }

  static func badConfiguration(_ message: String) -> KubernetesError {
    KubernetesError(.badConfiguration, message: message)
  }
}
