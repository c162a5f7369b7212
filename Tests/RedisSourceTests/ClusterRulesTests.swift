internal import Questions
internal import Testing

@testable internal import RedisSource

@Suite("Cluster: slots, maps and redirects")
struct ClusterRulesTests {
  @Test(
    "CRC16 and hash tags",
    arguments: [
      ("123456789", 0x31C3), ("foo", 12_182), ("bar", 5_061), ("", 0), ("{user1000}.following", 3_443),
      ("{user1000}.followers", 3_443), ("user1000", 3_443), ("foo{}{bar}", 8_363), ("foo{{bar}}zap", 4_015),
      ("foo{bar}{zap}", 5_061), ("{bar", 4_015), ("{", 4_092), ("{}", 15_257), ("a{", 14_311),
    ])
  func slots(_ key: String, _ slot: Int) {
    // 0x31C3 is 12,739, below 16,384: the check value of the CRC is a slot as well.
    #expect(KeySlot.slot(of: key) == slot)
  }

  static func node(_ host: RedisReply, _ port: Int64) -> RedisReply { .array([host, .integer(port), .string("id")]) }
  static func range(_ first: Int64, _ last: Int64, _ nodes: RedisReply...) -> RedisReply {
    .array([.integer(first), .integer(last)] + nodes)
  }

  @Test("CLUSTER SLOTS is read; a missing host is the asked node's")
  func map() throws {
    let reply = RedisReply.array([
      Self.range(0, 100, Self.node(.string("10.0.0.1"), 7001), Self.node(.string("10.0.0.9"), 7009)),
      Self.range(101, 200, Self.node(.string(""), 7002)),
      Self.range(300, 300, Self.node(.null, 7003)),
      Self.range(16_383, 16_383, Self.node(.string("10.0.0.1"), 7001)),
    ])
    let map = try #require(SlotMap(reply, asked: HostPort(host: "asked", port: 1)))
    #expect(
      map.masters == [
        HostPort(host: "10.0.0.1", port: 7001), HostPort(host: "asked", port: 7002),
        HostPort(host: "asked", port: 7003),
      ])
    #expect(map.master(ofSlot: 0)?.port == 7001)
    #expect(map.master(ofSlot: 200)?.port == 7002)
    #expect(map.master(ofSlot: 300)?.port == 7003)
    #expect(map.master(ofSlot: 16_383)?.port == 7001)
    #expect(map.master(ofSlot: 201) == nil)
    #expect(map.master(ofSlot: 16_384) == nil)
    #expect(map.master(ofSlot: -1) == nil)
  }

  @Test(
    "What is no slot map",
    arguments: [
      .null, .array([]), .error("ERR This instance has cluster support disabled"), .array([.integer(1)]),
      .array([range(5, 4, node(.string("h"), 1))]), .array([range(-1, 4, node(.string("h"), 1))]),
      .array([range(0, 16_384, node(.string("h"), 1))]), .array([range(0, 1, node(.string("h"), 0))]),
      .array([range(0, 1, node(.integer(1), 1))]), .array([range(0, 1)]),
      .array([range(0, .max, node(.string("h"), 1))]),
    ] as [RedisReply])
  func noMap(_ reply: RedisReply) {
    #expect(SlotMap(reply, asked: HostPort(host: "asked", port: 1)) == nil)
  }

  @Test(
    "Redirects",
    arguments: [
      ("MOVED 3999 127.0.0.1:6381", Redirect.moved(HostPort(host: "127.0.0.1", port: 6381))),
      ("ASK 3999 127.0.0.1:6381", .ask(HostPort(host: "127.0.0.1", port: 6381))),
      ("MOVED 3999 :6381", .moved(HostPort(host: "asked", port: 6381))),
      ("MOVED 3999 [::1]:6381", .moved(HostPort(host: "::1", port: 6381))),
      ("MOVED 3999 ::1:6381", .moved(HostPort(host: "::1", port: 6381))),
      ("MOVED 3999 127.0.0.1", nil), ("MOVED 3999 127.0.0.1:0", nil), ("MOVED 3999 127.0.0.1:99999", nil),
      ("MOVED", nil), ("ERR unknown", nil), ("WRONGTYPE Operation against a key", nil),
    ])
  func redirects(_ text: String, _ expected: Redirect?) {
    #expect(Redirect(text, asked: HostPort(host: "asked", port: 1)) == expected)
  }
}
