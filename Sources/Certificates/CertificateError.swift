/// Why certificates could not be made or read. Never holds a key or any part of one.
public struct CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// A text is not the PEM that was expected.
    case notPEM
    /// A key and a certificate do not belong together.
    case mismatch
    /// A name is neither a DNS name nor an IP address, or there is none.
    case badName
    /// Making or signing failed.
    case failed
  }

  public var code: Code
  /// What is wrong, with the name of the text that is.
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
