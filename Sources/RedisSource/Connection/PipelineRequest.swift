internal import NIOCore
internal import Questions

/// Commands that travel together over one connection, and the replies that have come for them so far.
///
/// Lives on the event loop of its connection. It is finished exactly once; a request whose deadline passed stays in its
/// connection's queue, so that the replies that come late are counted off and thrown away, not given to the next
/// request.
final class PipelineRequest {
  let bytes: ByteBuffer
  let count: Int
  let maxBytes: Int
  private(set) var received = 0
  private(set) var receivedBytes = 0
  var sentAt: NIODeadline?
  var timer: Scheduled<Void>?
  /// Called once, before the one who waits learns of the outcome.
  var whenEnded: (() -> Void)?
  private var replies: [RedisReply] = []
  private var finish: ((PipelineOutcome) -> Void)?

  init(bytes: ByteBuffer, count: Int, maxBytes: Int, finish: @escaping (PipelineOutcome) -> Void) {
    self.bytes = bytes
    self.count = count
    self.maxBytes = maxBytes
    self.finish = finish
  }

  /// Nobody waits for this request any more.
  var isFinished: Bool { finish == nil }

  /// Takes the next reply. False when the request has brought more bytes than a batch may.
  func receive(_ reply: RedisReply, size: Int) -> Bool {
    received += 1
    receivedBytes += size
    guard !isFinished else { return true }
    if replies.isEmpty { replies.reserveCapacity(count) }
    replies.append(reply)
    if received >= count { end(nil) }
    return isFinished || receivedBytes <= maxBytes
  }

  /// Ends the request with the replies that have come; `failure` tells why the others have not.
  func end(_ failure: PipelineFailure?) {
    guard let finish else { return }
    self.finish = nil
    timer?.cancel()
    timer = nil
    whenEnded?()
    whenEnded = nil
    finish(PipelineOutcome(replies: replies, bytes: receivedBytes, failure: failure))
    replies = []
  }
}

/// What one request brought: the replies to its first commands, and why the rest has none.
struct PipelineOutcome: Sendable {
  var replies: [RedisReply]
  /// Size of all replies on the wire.
  var bytes: Int
  var failure: PipelineFailure?
}

struct PipelineFailure: Error, Sendable {
  var code: SourceError.Code
  /// What happened, without the endpoint's name: "connection refused".
  var cause: String
  var rest: Rest

  /// What may be done about the commands that have no reply. All commands only read, so asking again does no harm.
  enum Rest: Sendable {
    /// Nothing: the failure is theirs too.
    case failed
    /// The connection was an old one that broke, or it broke for another request's sake: a new one may do.
    case mayBeAskedAgain
    /// The first of them got a reply that is too large; the others are innocent.
    case firstIsTooLarge
  }

  init(_ code: SourceError.Code, _ cause: String, rest: Rest = .failed) {
    self.code = code
    self.cause = cause
    self.rest = rest
  }
}
