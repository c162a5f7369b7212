/// Why a source gave no usable answer. The message names the endpoint and the cause, never a secret.
public struct SourceError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// Nothing listens there.
    case connectionRefused
    /// The connection broke before the answer was complete.
    case connectionLost
    /// The host name does not resolve or no route leads there.
    case unreachable
    /// No complete answer before the deadline.
    case timedOut
    /// The TLS handshake failed: certificate, host name, protocol.
    case tlsFailed
    /// The source wants other credentials.
    case authenticationFailed
    /// The answer is not of the protocol.
    case malformedAnswer
    /// The answer is larger than Swell reads.
    case answerTooLarge
    /// The source answered with an error of its own.
    case refusedByServer
    /// The endpoint's settings cannot be used (unreadable certificate, missing library feature).
    case unusableConfiguration
    /// Recent failures: not asked again before the back-off ends.
    case backingOff
    /// This question belongs to another kind of source; a defect in Swell.
    case wrongSource
  }

  public var code: Code
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
