import ExternalMetricsServer
import HTTPServing
import TestSupport
import Testing

/// Callers that are recognised by their headers alone must get the answers that a close look gives.
@Suite struct KnownReaderTests {
  private static let reader = [
    ("X-Remote-User", "hpa"), ("X-Remote-Group", "readers"), ("X-Remote-Group", "b"), ("X-Remote-Extra-Scope", "all"),
    ("Accept", "*/*"), ("User-Agent", "hpa"),
  ]

  /// Readers may list every metric, and nothing else.
  private static func rig() throws -> AccessRig {
    let rig = try AccessRig()
    rig.cluster.allow { question in
      guard case .resource(let asked) = question.action, asked.verb == "list" else { return false }
      return question.user.groups.contains("readers") && question.user.name == "hpa"
        && question.user.extra["scope"] == ["all"]
    }
    return rig
  }

  private static func status(_ reply: HTTPReply) -> Int? {
    if case .now(let response) = reply { response.status } else { nil }
  }

  /// Asked often enough that the caller is known by the headers.
  private static func warm(_ rig: AccessRig) async throws {
    for _ in 0..<3 { #expect(try await rig.ask(reader, peer: AccessRig.proxy).status == 200) }
  }

  @Test func whoIsNotTheSameIsLookedAt() async throws {
    let rig = try Self.rig()
    try await Self.warm(rig)
    let others: [[(String, String)]] = [
      [], Array(Self.reader.dropFirst()), Array(Self.reader.dropFirst(2)),
      [("X-Remote-User", "hpb")] + Self.reader.dropFirst(),
      Self.reader.map { $0.0 == "X-Remote-Group" ? ($0.0, "writers") : $0 },
      Self.reader.map { $0.0 == "X-Remote-Extra-Scope" ? ($0.0, "some") : $0 },
      Self.reader.map { $0.0 == "X-Remote-Extra-Scope" ? ("X-Remote-Extra-Scopf", $0.1) : $0 },
      Self.reader + [("X-Remote-Extra-Scope", "none")], [("X-Remote-User", "other")] + Self.reader,
    ]
    for headers in others {
      let response = try await rig.ask(headers, peer: AccessRig.proxy)
      #expect([401, 403].contains(response.status), "\(headers)")
    }
    for peer in [nil, AccessRig.peer("other", of: "requestheader"), AccessRig.peer("front-proxy-client", of: nil)] {
      #expect(try await rig.ask(Self.reader, peer: peer).status == 401)
    }
    #expect(Self.status(try rig.reply(Self.reader, peer: AccessRig.proxy)) == 200)
  }

  @Test(arguments: [
    AccessRig.metric + "?watch=true", AccessRig.metric + "?a=b&watch=1", AccessRig.metric + "?%77atch=1",
    AccessRig.metric + "/name", Asking.base + "/namespaces/ai-inference/status", Asking.base, "/version",
    Asking.base + "/namespaces/ai-inference/finalize", Asking.base + "/namespaces/ai-inference/finalize/",
  ])
  func anotherRequestIsLookedAt(target: String) async throws {
    let rig = try Self.rig()
    try await Self.warm(rig)
    #expect(try await rig.ask(target, Self.reader, peer: AccessRig.proxy).status == 403)
    #expect(try await rig.ask(AccessRig.metric, method: .post, Self.reader, peer: AccessRig.proxy).status == 403)
  }

  @Test func itLastsAsLongAsTheDecision() async throws {
    let rig = try Self.rig()
    #expect(try await rig.ask(Self.reader, peer: AccessRig.proxy).status == 200)
    rig.time.advance(by: .seconds(9))
    #expect(Self.status(try rig.reply(Self.reader, peer: AccessRig.proxy)) == 200)
    #expect(Self.status(try rig.reply(Self.reader, peer: AccessRig.proxy)) == 200)
    rig.time.advance(by: .seconds(1))
    #expect(Self.status(try rig.reply(Self.reader, peer: AccessRig.proxy)) == nil)
    #expect(rig.cluster.questions.count == 1)
  }

  @Test func anotherConfigurationForgetsThem() async throws {
    let rig = try Self.rig()
    try await Self.warm(rig)
    var configuration = rig.access.configuration
    configuration.frontProxy?.userHeaders = ["X-Somebody"]
    try rig.access.replaceConfiguration(configuration)
    #expect(try await rig.ask(Self.reader, peer: AccessRig.proxy).status == 401)
    configuration.frontProxy?.userHeaders = ["X-Remote-User"]
    configuration.frontProxy?.allowedNames = ["another"]
    try rig.access.replaceConfiguration(configuration)
    #expect(try await rig.ask(Self.reader, peer: AccessRig.proxy).status == 401)
  }

  /// Mutated requests from a seed: with everything remembered and with nothing remembered, the answers are the same.
  @Test func memoryChangesNoAnswer() async throws {
    let (warm, cold) = (try Self.rig(), try Self.rig())
    let proxy = AccessRig.peer("front-proxy-client", of: "requestheader", until: .max)
    try await Self.warm(warm)
    var random = SeededRandom(seed: 0xACCE55)
    var statuses: [Int: Int] = [:]
    for _ in 0..<5_000 {
      var headers = Self.reader
      for index in headers.indices where random.chance(12) {
        headers[index].0 = Self.mutated(headers[index].0, &random)
        if random.chance(2) { headers[index].1 = Self.mutated(headers[index].1, &random) }
      }
      if random.chance(6) { headers.append(headers[Int.random(in: 0..<headers.count, using: &random)]) }
      let paths = [AccessRig.metric, AccessRig.metric + "?watch=0", Asking.base + "/namespaces/x/status"]
      let target = random.chance(2) ? AccessRig.metric : Self.mutated(random.pick(paths), &random)
      guard HTTPRequest(method: .get, target: target, headers: headers) != nil else { continue }
      cold.time.advance(by: .seconds(10))
      let expected = try await cold.ask(target, headers, peer: proxy).status
      let found = try await warm.ask(target, headers, peer: proxy).status
      #expect(found == expected, "\(target) \(headers)")
      statuses[found, default: 0] += 1
    }
    for status in [200, 403] { #expect(statuses[status, default: 0] > 200, "\(statuses)") }
  }

  private static func mutated(_ text: String, _ random: inout SeededRandom) -> String {
    String(RequestMutator.printable.mutation(of: text, random: &random).unicodeScalars.filter { $0.isASCII })
  }
}
