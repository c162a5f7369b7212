internal import Autoscaling
internal import KubernetesAPI
internal import Questions
internal import Testing

@testable internal import Triggers

@Suite struct RedisStreamsTriggerTests {
  static let lag = ["consumerGroup": "g", "lagCount": "5"]
  static let version = RedisReply.string("# Server\r\nredis_version:7.0.15\r\nos:Linux\r\n")

  private func outcome(_ metadata: [String: String], _ replies: [RedisReply]) throws -> Reading.Outcome {
    try TriggerFixture.external(TriggerFixture.redis(metadata)).outcome(of: .redis(RedisAnswer(replies)))
  }

  private static func group(_ name: String, lag: RedisReply, pending: RedisReply = .integer(2)) -> RedisReply {
    .array([.string("name"), .string(name), .string("pending"), pending, .string("lag"), lag])
  }

  @Test func questionsFollowTheMode() throws {
    func words(_ metadata: [String: String]) throws -> [[String]] {
      guard case .redis(let question) = try TriggerFixture.external(TriggerFixture.redis(metadata)).question else {
        return []
      }
      #expect(question.commands.allSatisfy { $0.key == ($0.words[0] == "INFO" ? nil : "orders") })
      return question.commands.map(\.words)
    }
    #expect(try words([:]) == [["XLEN", "orders"]])
    #expect(try words(["consumerGroup": "g"]) == [["XPENDING", "orders", "g"]])
    let lagWords = [["INFO", "server"], ["XINFO", "GROUPS", "orders"], ["XLEN", "orders"]]
    #expect(try words(Self.lag) == lagWords)
    #expect(try words(Self.lag.merging(["includePendingEntries": "true"]) { $1 }) == lagWords)
  }

  @Test func pendingEntriesCanBeAddedToTheLag() throws {
    let groups = RedisReply.array([Self.group("other", lag: .integer(9)), Self.group("g", lag: .integer(4))])
    let replies = [Self.version, groups, .integer(0)]
    #expect(try outcome(Self.lag, replies).value == 4)
    let both = Self.lag.merging(["includePendingEntries": "true"]) { $1 }
    #expect(try outcome(both, replies).value == 6)
    let huge = RedisReply.array([Self.group("g", lag: .integer(.max), pending: .integer(.max))])
    #expect(try outcome(both, [Self.version, huge, .integer(0)]).value == Double(Int64.max))
    let without = RedisReply.array([Self.group("g", lag: .integer(1), pending: .null)])
    #expect(try outcome(both, [Self.version, without, .integer(0)]).reason?.code == "wrongType")
  }

  @Test func anUnknownLagIsUnknown() throws {
    for entry in [Self.group("g", lag: .null), .array([.string("name"), .string("g")])] {
      let reason = try outcome(Self.lag, [Self.version, .array([entry]), .integer(7)]).reason
      #expect(reason?.code == "lagUnknown")
      #expect(reason?.message.contains("XDEL") == true && reason?.message.contains("pendingEntriesCount") == true)
    }
  }

  @Test(arguments: [
    ("NOGROUP No such key 'orders'", "noSuchGroup"), ("WRONGTYPE Operation", "wrongType"),
    ("NOAUTH Authentication required.", "authenticationFailed"), ("LOADING Redis is loading", "loading"),
    ("MOVED 3999 10.0.0.1:6381", "refusedByServer"), ("ERR unknown command", "refusedByServer"),
    ("", "refusedByServer"),
  ])
  func errorsAreToldInTheServersWords(text: String, code: String) throws {
    for metadata in [[:], ["consumerGroup": "g"]] {
      let reason = try outcome(metadata, [.error(text)]).reason
      #expect(reason?.code == code)
      #expect(reason?.message.contains(text) == true)
    }
    #expect(try outcome(Self.lag, [.error(text), .null, .null]).reason?.code == code)
  }

  @Test(arguments: [RedisReply.null, .string("5"), .array([]), .array([.null]), .array([.array([.integer(1)])])])
  func repliesOfAnotherTypeAreUnknown(reply: RedisReply) throws {
    #expect(try outcome([:], [reply]).reason?.code == "wrongType")
    #expect(try outcome(["consumerGroup": "g"], [reply]).reason?.code == "wrongType")
    #expect(try outcome(Self.lag, [Self.version, .array([reply]), .integer(1)]).reason?.code == "wrongType")
    #expect(try outcome(Self.lag, [Self.version, .integer(3), .integer(1)]).reason?.code == "wrongType")
    #expect(try outcome(Self.lag, [.integer(7), .null, .null]).reason?.code == "wrongType")
  }

  @Test func missingRepliesAreUnknown() throws {
    for metadata in [[:], ["consumerGroup": "g"], Self.lag] {
      #expect(try outcome(metadata, []).reason?.code == "malformedAnswer")
    }
    #expect(try outcome(Self.lag, [Self.version, .error("NOPERM no")]).reason?.code == "malformedAnswer")
    let trigger = try TriggerFixture.external(TriggerFixture.redis())
    #expect(trigger.outcome(of: .http(HTTPAnswer(status: 200, body: []))).reason?.code == "wrongSource")
  }

  @Test(arguments: [
    ("redis_version:6.2.1", "versionTooOld"), ("redis_version:x", "versionUnknown"), ("", "versionUnknown"),
  ])
  func lagNeedsRedis7(info: String, code: String) throws {
    let groups = RedisReply.array([Self.group("g", lag: .integer(4))])
    #expect(try outcome(Self.lag, [.string(info), groups, .integer(1)]).reason?.code == code)
  }

  @Test(arguments: [
    ("redis://host:6379", false), ("host:99999", false), ("host:0", false), ("host:+1", false), ("ho st:1", false),
    ("a:b:c", true), ("[::1]:6379", true), ("host", true), ("host:", false), (":6379", false), ("[::1", false),
    ("user:pw@host:1", false),
  ])
  func addresses(text: String, isValid: Bool) {
    #expect((HostPort(parsing: text, defaultPort: 1) != nil) == isValid)
    let problems = TriggerFixture.problems(TriggerFixture.redis(["address": text]))
    #expect(problems.isEmpty == isValid)
    #expect(problems.allSatisfy { $0.field == "metadata.address" && $0.message.contains("host:port") })
    #expect(problems.allSatisfy { !$0.message.contains("pw") })
  }

  @Test func endpointsNameWhatTheyConnectTo() throws {
    func endpoint(_ metadata: [String: String], _ type: String) throws -> String {
      try TriggerFixture.external(TriggerFixture.redis(metadata, type: type)).endpoint.description
    }
    #expect(try endpoint(["databaseIndex": "3"], "redis-streams") == "redis://redis:6379/3")
    #expect(try endpoint(["databaseIndex": "-3", "enableTLS": "t"], "redis-streams") == "rediss://redis:6379/0")
    #expect(try endpoint(["address": "a:1,b"], "redis-cluster-streams") == "redis-cluster://a:1,b:6379")
    let sentinel = ["address": "a,b:2", "sentinelMaster": "m"]
    #expect(try endpoint(sentinel, "redis-sentinel-streams") == "redis-sentinel://a:26379,b:2/m/0")
    let problems = TriggerFixture.problems(TriggerFixture.redis(type: "redis-sentinel-streams"))
    #expect(problems.map(\.field) == ["metadata.sentinelMaster"])
  }

  @Test func settingsWithoutEffectAreNoticed() throws {
    func notices(_ metadata: [String: String], _ type: String = "redis-streams") throws -> [String] {
      try TriggerFixture.external(TriggerFixture.redis(metadata, type: type)).notices.map(\.field)
    }
    #expect(try notices(["address": "a:1,b:2"]) == ["metadata.address"])
    #expect(try notices(["includePendingEntries": "true"]) == ["metadata.includePendingEntries"])
    #expect(try notices(["databaseIndex": "2"], "redis-cluster-streams") == ["metadata.databaseIndex"])
    #expect(try notices(Self.lag).isEmpty)
  }
}
