internal import NIOCore

/// The answers of one HTTP/2 connection that wait to be taken. A client that opens no window, or does not read, would
/// have them kept for ever, and its connection would never count as idle.
///
/// One timer for all of them: an answer is given up between one and two timeouts after it was written.
final class HTTP2Answers {
  private let connection: any Channel
  private let timeout: TimeAmount
  private var waiting: [ObjectIdentifier: (stream: any Channel, since: NIODeadline)] = [:]
  private var timer: Scheduled<Void>?

  init(connection: any Channel, timeout: TimeAmount) {
    self.connection = connection
    self.timeout = timeout
  }

  /// An answer is about to be written to a stream.
  func add(_ stream: any Channel) {
    waiting[ObjectIdentifier(stream)] = (stream, connection.eventLoop.now)
    lookLater()
  }

  /// The stream has ended.
  func remove(_ stream: any Channel) {
    waiting[ObjectIdentifier(stream)] = nil
  }

  /// The connection has ended.
  func stop() {
    timer?.cancel()
  }

  private func lookLater() {
    guard timer == nil, !waiting.isEmpty else { return }
    let answers = NIOLoopBound(self, eventLoop: connection.eventLoop)
    timer = connection.eventLoop.scheduleTask(in: timeout) { answers.value.look() }
  }

  private func look() {
    timer = nil
    let limit = connection.eventLoop.now - timeout
    let late = waiting.values.filter { $0.since <= limit }
    if connection.isWritable {
      // Ends with a RST_STREAM, which takes back what waits to be sent.
      for answer in late { answer.stream.close(promise: nil) }
    } else if !late.isEmpty {
      // The client does not read: that would wait like everything else.
      connection.close(promise: nil)
    }
    lookLater()
  }
}
