internal import NIOCore
internal import Testing

@testable internal import RedisSource

@Suite("Commands to bytes")
struct CommandEncoderTests {
  static let cases: [([String], String)] = [
    (["PING"], "*1\r\n$4\r\nPING\r\n"),
    (["XLEN", "orders"], "*2\r\n$4\r\nXLEN\r\n$6\r\norders\r\n"),
    (["GET", ""], "*2\r\n$3\r\nGET\r\n$0\r\n\r\n"),
    ([""], "*1\r\n$0\r\n\r\n"),
    (["GET", "a\r\nb c"], "*2\r\n$3\r\nGET\r\n$6\r\na\r\nb c\r\n"),
    (["GET", "größe \0"], "*2\r\n$3\r\nGET\r\n$9\r\ngröße \0\r\n"),
  ]

  @Test("One command", arguments: cases)
  func encodes(_ words: [String], _ expected: String) {
    var encoder = CommandEncoder()
    var buffer = ByteBuffer()
    #expect(encoder.encode(words, into: &buffer))
    #expect(String(buffer: buffer) == expected)
  }

  @Test("One encoder writes many commands after each other")
  func many() {
    var encoder = CommandEncoder()
    var buffer = ByteBuffer()
    for (words, _) in Self.cases { #expect(encoder.encode(words, into: &buffer)) }
    #expect(String(buffer: buffer) == Self.cases.map(\.1).joined())
  }

  @Test("No words, or too many bytes, are refused and leave the buffer alone")
  func refused() {
    var encoder = CommandEncoder()
    var buffer = ByteBuffer()
    #expect(!encoder.encode([], into: &buffer))
    #expect(!encoder.encode(["GET", String(repeating: "x", count: CommandEncoder.maxCommandBytes)], into: &buffer))
    #expect(buffer.readableBytes == 0)
    #expect(encoder.encode(["GET", String(repeating: "x", count: 1_000_000)], into: &buffer))
  }
}
