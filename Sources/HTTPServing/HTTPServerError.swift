/// Why a server could not be set up.
public struct HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Hashable, Sendable {
    /// The address cannot be listened on: taken, not of this machine, or not allowed.
    case cannotListen
    /// The certificate or key is missing, unreadable or does not fit.
    case badIdentity
    /// A bundle of client authorities holds no certificate that can be read.
    case badAuthority
  }

  public var code: Code
  /// What is wrong and what to change.
  public var message: String
  /// The host cannot be listened on, whatever the port.
  public internal(set) var isOfHost = false

  public init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
