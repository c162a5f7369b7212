internal import CHiredis
package import NIOCore
package import Questions

/// Turns the bytes of one connection into replies: hiredis' reader, kept within bounds.
///
/// - A reply larger than `maxReplyBytes` is refused as soon as that many bytes of it have come, an array whose header
///   announces more elements than fit as soon as the header has come.
/// - Arrays nested deeper than 7 are refused by hiredis itself.
/// - After an error the parser is of no more use; neither is the connection.
///
/// Not thread-safe: lives on the event loop of its connection.
package final class ReplyParser {
  package enum Failure: Error, Equatable {
    case tooLarge
    /// hiredis' own words.
    case malformed(String)
  }

  private let maxReplyBytes: Int
  private let builder: ReplyBuilder
  private let callbacks: UnsafeMutablePointer<redisReplyObjectFunctions>
  private let reader: UnsafeMutablePointer<redisReader>?
  /// Bytes fed so far, and how many of them belong to complete replies.
  private var fed: Int64 = 0
  private var completed: Int64 = 0

  /// hiredis moves what it has not read yet to the front of its buffer every kilobyte: small helpings keep that cheap.
  private static let helping = 16 * 1024
  /// The shortest element is `+\r\n`.
  private static let minElementBytes = 3

  package init(maxReplyBytes: Int) {
    self.maxReplyBytes = maxReplyBytes
    builder = ReplyBuilder(maxElements: maxReplyBytes / Self.minElementBytes)
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: ReplyBuilder.callbacks())
    reader = redisReaderCreateWithFunctions(callbacks)
    reader?.pointee.privdata = Unmanaged.passUnretained(builder).toOpaque()
  }

  deinit {
    if let reader { redisReaderFree(reader) }
    callbacks.deinitialize(count: 1)
    callbacks.deallocate()
  }

  /// Parses what has come and hands every complete reply to `receive`, with its size in bytes. Replies before an error
  /// are handed over first.
  package func parse(_ bytes: ByteBuffer, receive: (RedisReply, Int) -> Void) throws(Failure) {
    var failure: Failure?
    bytes.withUnsafeReadableBytes { bytes in
      var rest = bytes[...]
      while failure == nil, !rest.isEmpty {
        failure = parse(helping: UnsafeRawBufferPointer(rebasing: rest.prefix(Self.helping)), receive: receive)
        rest = rest.dropFirst(Self.helping)
      }
    }
    if let failure { throw failure }
  }

  private func parse(helping: UnsafeRawBufferPointer, receive: (RedisReply, Int) -> Void) -> Failure? {
    guard let reader else { return .malformed("out of memory") }
    let start = helping.bindMemory(to: CChar.self).baseAddress
    guard redisReaderFeed(reader, start, helping.count) == REDIS_OK else { return failure(of: reader) }
    fed += Int64(helping.count)
    while true {
      var object: UnsafeMutableRawPointer?
      guard redisReaderGetReply(reader, &object) == REDIS_OK else { return failure(of: reader) }
      guard object != nil, let reply = builder.takeFinished() else { break }
      let unread = Int64(reader.pointee.len) - Int64(reader.pointee.pos)
      let size = Int(fed - unread - completed)
      completed = fed - unread
      guard size <= maxReplyBytes else { return .tooLarge }
      receive(reply, size)
    }
    return fed - completed > Int64(maxReplyBytes) ? .tooLarge : nil
  }

  private func failure(of reader: UnsafeMutablePointer<redisReader>) -> Failure {
    if builder.announcedTooMany { return .tooLarge }
    let text = withUnsafeBytes(of: &reader.pointee.errstr) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return .malformed(text)
  }
}
