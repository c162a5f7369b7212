internal import Crypto

/// A bearer token: a secret that cannot be printed by accident.
public struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The token itself, for the TokenReview and nothing else.
  public let secret: String

  public init(_ secret: String) {
    self.secret = secret
  }

  public var description: String { "BearerToken(hidden)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: [:]) }

  /// Stands for the token in memory, so that a dump of the cache holds no tokens.
  var digest: SHA256.Digest { SHA256.hash(data: Array(secret.utf8)) }
}
