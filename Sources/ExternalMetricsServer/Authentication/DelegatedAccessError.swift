/// Why a configuration of delegated access cannot be used.
public struct DelegatedAccessError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The key of the ConfigMap that is wrong.
  public var key: String
  /// What is wrong and what to write instead.
  public var message: String

  public init(key: String, message: String) {
    self.key = key
    self.message = message
  }

  public var description: String { "extension-apiserver-authentication: \(key): \(message)" }
}
