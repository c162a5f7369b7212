internal import NIOCore
internal import Questions
internal import Testing

@testable internal import RedisSource

@Suite("Replies from bytes")
struct ReplyParserTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var bytes: String
    var replies: [RedisReply]
    var failure: ReplyParser.Failure?

    init(_ bytes: String, _ replies: [RedisReply], _ failure: ReplyParser.Failure? = nil) {
      self.bytes = bytes
      self.replies = replies
      self.failure = failure
    }

    var testDescription: String { bytes.prefix(40).debugDescription }
  }

  static let cases: [Case] = [
    Case("+OK\r\n", [.string("OK")]),
    Case(":42\r\n", [.integer(42)]),
    Case(":-9223372036854775808\r\n", [.integer(.min)]),
    Case("$0\r\n\r\n$-1\r\n", [.string(""), .null]),
    Case("*0\r\n*-1\r\n", [.array([]), .null]),
    Case("-ERR no such key\r\n", [.error("ERR no such key")]),
    Case("$3\r\na\r\n\r\n", [.string("a\r\n")]),
    Case("*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", [.array([.array([.integer(1)]), .string("x")])]),
    Case("*3\r\n*0\r\n*-1\r\n-ERR x\r\n:7\r\n", [.array([.array([]), .null, .error("ERR x")]), .integer(7)]),
    Case(
      "*4\r\n:2\r\n$3\r\n1-1\r\n$3\r\n2-1\r\n*1\r\n*2\r\n$1\r\nc\r\n$1\r\n2\r\n",
      [
        .array([
          .integer(2), .string("1-1"), .string("2-1"), .array([.array([.string("c"), .string("2")])]),
        ])
      ]),
    // Seven arrays in one another are the most hiredis reads.
    Case(
      String(repeating: "*1\r\n", count: 7) + ":1\r\n",
      [(0..<7).reduce(RedisReply.integer(1)) { inner, _ in .array([inner]) }]),
    Case("", []),
    Case("+incomplete", []),
    Case("*2\r\n:1\r\n", []),
    Case("$100\r\nabc\r\n", []),

    Case(
      "HTTP/1.1 400 Bad Request\r\n", [], .malformed("Protocol error, got \"H\" as reply type byte")),
    Case(":1\r\n\0\0\0", [.integer(1)], .malformed("Protocol error, got \"\\x00\" as reply type byte")),
    Case(":\r\n", [], .malformed("Bad integer value")),
    Case(":99999999999999999999\r\n", [], .malformed("Bad integer value")),
    Case("$abc\r\n", [], .malformed("Bad bulk string length")),
    Case("$-2\r\n", [], .malformed("Bulk string length out of range")),
    Case("*-2\r\n", [], .malformed("Multi-bulk length out of range")),
    Case("*4294967297\r\n", [], .malformed("Multi-bulk length out of range")),
    Case(
      String(repeating: "*1\r\n", count: 9), [],
      .malformed("No support for nested multi bulk replies with depth > 7")),

    Case("*2147483647\r\n", [], .tooLarge),
    Case("*400\r\n", [], .tooLarge),
    Case(":1\r\n$2000\r\n" + String(repeating: "x", count: 1_100), [.integer(1)], .tooLarge),
    Case("$1200\r\n" + String(repeating: "x", count: 1_200) + "\r\n", [], .tooLarge),
    Case("+" + String(repeating: "x", count: 1_100), [], .tooLarge),
    Case(
      "*3\r\n" + String(repeating: "$600\r\n" + String(repeating: "x", count: 600) + "\r\n", count: 2), [], .tooLarge),
    Case("$900\r\n" + String(repeating: "x", count: 900) + "\r\n", [.string(String(repeating: "x", count: 900))]),
  ]

  /// A limit of 1,000 bytes, so 333 elements.
  @Test("Whole", arguments: cases)
  func whole(_ given: Case) {
    let (replies, failure) = parse([given.bytes])
    #expect(replies == given.replies)
    #expect(failure == given.failure)
  }

  @Test("Byte by byte", arguments: cases)
  func byteByByte(_ given: Case) {
    let (replies, failure) = parse(given.bytes.utf8.map { String(decoding: [$0], as: UTF8.self) })
    #expect(replies == given.replies)
    #expect(failure == given.failure)
  }

  @Test("Text that is not UTF-8 arrives with replacement characters")
  func invalidText() throws {
    var replies: [RedisReply] = []
    try ReplyParser(maxReplyBytes: 100).parse(ByteBuffer(bytes: Array("$2\r\n".utf8) + [0xff, 0x41, 13, 10])) {
      reply, _ in
      replies.append(reply)
    }
    #expect(replies == [.string("\u{fffd}A")])
  }

  @Test("Thousands of small replies in one piece, with their sizes")
  func manyReplies() throws {
    let parser = ReplyParser(maxReplyBytes: 100)
    var sum: Int64 = 0
    var size = 0
    try parser.parse(ByteBuffer(string: (0..<50_000).map { ":\($0)\r\n" }.joined())) { reply, bytes in
      if case .integer(let value) = reply { sum += value }
      size += bytes
    }
    #expect(sum == 49_999 * 25_000)
    #expect(size == (0..<50_000).reduce(0) { $0 + "\($1)".count + 3 })
  }

  @Test("A parser that is dropped in the middle of a reply, and one that failed, are freed")
  func droppedHalfway() {
    for text in ["*3\r\n$1\r\nx\r\n", "*1\r\n*1\r\n:", "*2\r\n:1\r\n!"] {
      let (replies, _) = parse([text])
      #expect(replies.isEmpty)
    }
  }

  @Test("Random bytes never give a reply larger than the limit, and never trap")
  func randomBytes() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("+-:$*0123456789\r\n\r\n\r\nx".utf8)
    for _ in 0..<3_000 {
      let bytes = (0..<Int.random(in: 1..<200, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      var largest = 0
      do {
        try ReplyParser(maxReplyBytes: 64).parse(ByteBuffer(bytes: bytes)) { _, size in largest = max(largest, size) }
      } catch {
        #expect(error == .tooLarge || error != .malformed(""))
      }
      #expect(largest <= 64)
    }
  }

  private func parse(_ pieces: [String]) -> ([RedisReply], ReplyParser.Failure?) {
    let parser = ReplyParser(maxReplyBytes: 1_000)
    var replies: [RedisReply] = []
    do throws(ReplyParser.Failure) {
      for piece in pieces { try parser.parse(ByteBuffer(string: piece)) { reply, _ in replies.append(reply) } }
    } catch {
      return (replies, error)
    }
    return (replies, nil)
  }
}
