internal import Autoscaling
internal import NIOCore
internal import Questions
internal import RedisSource
internal import Triggers

/// Redis replies: the same whether the bytes come at once or in pieces, never larger than the limit, the same again when
/// written out and read once more; and a stream trigger reads them as a finite number or as unknown with a cause.
enum RedisReplyCheck {
  /// Small, so that inputs reach it.
  static let smallLimit = 512
  static let largeLimit = 1 << 20
  /// Bytes of the shortest reply, `+\r\n`.
  private static let minimumReply = 3

  private struct Parsed {
    var replies: [RedisReply] = []
    var sizes: [Int] = []
    var failure: ReplyParser.Failure?
  }

  static func run(_ input: [UInt8]) throws(BrokenInvariant) {
    let whole = parsed([input[...]], limit: largeLimit)
    try checkSizes(whole, of: input, limit: largeLimit)
    try checkPieces(input, whole, limit: largeLimit)

    let limited = parsed([input[...]], limit: smallLimit)
    try checkSizes(limited, of: input, limit: smallLimit)
    try checkPieces(input, limited, limit: smallLimit)
    try requireEqual(
      limited.replies, Array(whole.replies.prefix(limited.replies.count)), "the replies within \(smallLimit) bytes")
    try require(
      limited.failure == whole.failure || limited.failure == .tooLarge,
      "\(smallLimit) bytes: \(String(describing: limited.failure)), else \(String(describing: whole.failure))")

    try checkWrittenAgain(whole.replies)
    try checkReadings(whole.replies)
  }

  private static func parsed(_ pieces: [ArraySlice<UInt8>], limit: Int) -> Parsed {
    let parser = ReplyParser(maxReplyBytes: limit)
    var result = Parsed()
    do throws(ReplyParser.Failure) {
      for piece in pieces {
        try parser.parse(ByteBuffer(bytes: piece)) { reply, size in
          result.replies.append(reply)
          result.sizes.append(size)
        }
      }
    } catch {
      result.failure = error
    }
    return result
  }

  private static func checkSizes(_ parsed: Parsed, of input: [UInt8], limit: Int) throws(BrokenInvariant) {
    try require(parsed.sizes.reduce(0, +) <= input.count, "the replies are larger than what came")
    for (reply, size) in zip(parsed.replies, parsed.sizes) {
      try require(size <= limit, "a reply of \(size) bytes, where \(limit) are allowed")
      try require(itemCount(reply) * minimumReply <= size, "\(itemCount(reply)) items in \(size) bytes")
    }
    if case .malformed("")? = parsed.failure { throw BrokenInvariant("a failure without words") }
  }

  private static func itemCount(_ reply: RedisReply) -> Int {
    guard case .array(let items) = reply else { return 1 }
    return items.reduce(1) { $0 + itemCount($1) }
  }

  private static func checkPieces(_ input: [UInt8], _ whole: Parsed, limit: Int) throws(BrokenInvariant) {
    var random = InputRandom(input)
    let longest = [1, 7, 64, 4096].randomElement(using: &random) ?? 1
    var pieces: [ArraySlice<UInt8>] = []
    var rest = input[...]
    while !rest.isEmpty {
      let length = Int.random(in: 1...longest, using: &random)
      pieces.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    let parts = parsed(pieces, limit: limit)
    try requireEqual(parts.replies, whole.replies, "the replies from \(pieces.count) pieces")
    try requireEqual(parts.sizes, whole.sizes, "their sizes")
    // Which of two things is wrong is noticed first may depend on the pieces; that something is wrong may not.
    try requireEqual(parts.failure == nil, whole.failure == nil, "success from \(pieces.count) pieces")
  }

  private static func checkWrittenAgain(_ replies: [RedisReply]) throws(BrokenInvariant) {
    var bytes: [UInt8] = []
    for reply in replies { write(reply, into: &bytes) }
    let again = parsed([bytes[...]], limit: largeLimit)
    // Repaired text is longer than what came.
    if again.failure == .tooLarge { return }
    try requireEqual(again.failure, nil, "the failure of the replies written out")
    try requireEqual(again.replies, replies, "the replies written out and read again")
  }

  private static func write(_ reply: RedisReply, into bytes: inout [UInt8]) {
    switch reply {
    case .null: bytes += "$-1\r\n".utf8
    case .integer(let value): bytes += ":\(value)\r\n".utf8
    case .string(let text): bytes += Array("$\(text.utf8.count)\r\n".utf8) + Array(text.utf8) + Array("\r\n".utf8)
    case .error(let text): bytes += Array("-".utf8) + Array(text.utf8) + Array("\r\n".utf8)
    case .array(let items):
      bytes += "*\(items.count)\r\n".utf8
      for item in items { write(item, into: &bytes) }
    }
  }

  private static let triggers: [any ExternalTrigger] = [
    ["streamLength": "5"],
    ["consumerGroup": "workers", "pendingEntriesCount": "5"],
    ["consumerGroup": "workers", "lagCount": "5"],
    ["consumerGroup": "workers", "lagCount": "5", "includePendingEntries": "true"],
  ].compactMap { settings in
    let metadata = settings.merging(["address": "redis:6379", "stream": "orders"]) { own, _ in own }
    let parsed = try? TriggerTypes.parse(TriggerDeclaration(index: 0, type: "redis-streams", metadata: metadata))
    guard case .external(let trigger)? = parsed else { return nil }
    return trigger
  }

  private static func checkReadings(_ replies: [RedisReply]) throws(BrokenInvariant) {
    try requireEqual(triggers.count, 4, "the triggers of the check that are accepted")
    for trigger in triggers {
      var memory = TriggerMemory.nothing
      try OutcomeCheck.run(trigger.outcome(of: .redis(RedisAnswer(replies)), memory: &memory))
    }
  }
}
