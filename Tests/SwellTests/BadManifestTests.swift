internal import Foundation
internal import TestSupport
internal import Testing

/// `swell check` on manifests that are wrong: each says what, where, and what to write instead, and harms nobody else.
@Suite struct BadManifestTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    /// Of the error; empty where the file as a whole cannot be read.
    var field: String
    /// Parts of the message: the value as it was written, shortened, and what to write instead.
    var says: [String]
    /// Objects of the file that are right all the same.
    var valid = 0

    var testDescription: String { name }
  }

  private static let big = String(repeating: "x", count: 1_000_000)
  private static let threshold = "spec.triggers[0].metadata.pendingEntriesCount"

  static let cases: [Case] = structure + numbers + sizes + documents

  private static let structure = [
    Case(
      name: "unknown field", text: Manifest.redis("a", spec: ["minReplicas: 3"]), field: "spec.minReplicas",
      says: ["unknown field", "minReplicaCount"]),
    Case(
      name: "wrong type, text", text: Manifest.redis("a", minimum: "three"), field: "spec.minReplicaCount",
      says: ["whole number", "three"]),
    Case(
      name: "wrong type, list", text: Manifest.redis("a", minimum: "[1, 2]"), field: "spec.minReplicaCount",
      says: ["whole number", "a list of 2"]),
    Case(
      name: "missing metadata", text: Manifest.redis("a", stream: nil), field: "spec.triggers[0].metadata.stream",
      says: ["is missing", "write the name of the stream"]),
    Case(
      name: "missing target",
      text: Manifest.redis("a").replacingOccurrences(of: "  scaleTargetRef:\n    name: a\n", with: ""),
      field: "spec.scaleTargetRef", says: ["is required"]),
    Case(
      name: "missing name",
      text: Manifest.redis("a").replacingOccurrences(of: "  name: a\n  namespace", with: "  namespace"),
      field: "metadata.name", says: ["is required"]),
    Case(
      name: "missing authentication", text: Manifest.redis("a", authentication: "nobody"),
      field: "spec.triggers[0].authenticationRef.name", says: ["\"nobody\" does not exist", "create it"]),
    Case(
      name: "unknown trigger type", text: Manifest.redis("a", type: "redis-stream"), field: "spec.triggers[0].type",
      says: ["redis-stream", "did you mean redis-streams"]),
    Case(
      name: "trigger of KEDA that is not here yet", text: Manifest.redis("a", type: "rabbitmq"),
      field: "spec.triggers[0].type", says: ["rabbitmq", "write one of", "kafka"]),
    Case(
      name: "min over max", text: Manifest.redis("a", minimum: "11"), field: "spec.minReplicaCount",
      says: ["11", "maxReplicaCount 10", "lower minReplicaCount or raise maxReplicaCount"]),
    Case(
      name: "name twice",
      text: Manifest.object(
        "a",
        triggers: ["100", "200"].map { threshold in
          Manifest.trigger(
            "prometheus\n      name: load",
            ["serverAddress: http://127.0.0.1:9090", "query: up", "threshold: \"\(threshold)\""])
        }), field: "spec.triggers[1].name", says: ["\"load\"", "spec.triggers[0]", "a name of its own"]),
  ]

  private static let numbers = [
    Case(
      name: "threshold abc", text: Manifest.redis("a", target: "abc"), field: threshold, says: ["\"abc\"", "write"]),
    Case(name: "negative", text: Manifest.redis("a", target: "\"-5\""), field: threshold, says: ["\"-5\"", "write"]),
    Case(name: "zero", text: Manifest.redis("a", target: "\"0\""), field: threshold, says: ["\"0\"", "write"]),
    Case(name: "NaN", text: Manifest.redis("a", target: "\"NaN\""), field: threshold, says: ["\"NaN\"", "write"]),
    Case(name: "NaN of YAML", text: Manifest.redis("a", target: ".nan"), field: threshold, says: ["nan", "write"]),
    Case(name: "1e400", text: Manifest.redis("a", target: "\"1e400\""), field: threshold, says: ["1e400", "write"]),
    Case(
      name: "1e400 without quotes", text: Manifest.redis("a", target: "1e400"), field: threshold,
      says: ["1e400", "write"]),
    Case(
      name: "number without quotes", text: Manifest.redis("a", target: "5"), field: threshold,
      says: ["write it in quotes", "\"5\""]),
    Case(
      name: "negative minimum", text: Manifest.redis("a", minimum: "-1"), field: "spec.minReplicaCount",
      says: ["-1", "write 0 or more"]),
    Case(
      name: "minimum beyond 32 bits", text: Manifest.redis("a", minimum: "99999999999"),
      field: "spec.minReplicaCount", says: ["99999999999", "2147483647"]),
    Case(
      name: "minimum 1e400", text: Manifest.redis("a", minimum: "1e400"), field: "spec.minReplicaCount",
      says: ["1e400", "whole number"]),
  ]

  private static let sizes = [
    Case(
      name: "value of 1 MB", text: Manifest.redis("a", target: "\"\(big)\""), field: threshold,
      says: ["1000000", "xxx", "write"]),
    Case(
      name: "type of 1 MB", text: Manifest.redis("a", type: big), field: "spec.triggers[0].type",
      says: ["xxx", "write one of"]),
    Case(name: "name of 1 MB", text: Manifest.redis(big), field: "metadata.name", says: ["xxx", "use"]),
    Case(
      name: "unknown field of 1 MB", text: Manifest.redis("a", spec: ["? \(big)\n  : 1"]), field: "spec.xxx",
      says: ["unknown field"]),
  ]

  private static let documents = [
    Case(
      name: "object twice", text: Manifest.redis("a") + "---\n" + Manifest.redis("a"), field: "metadata.name",
      says: ["shop/a", "twice", ".yaml:1"], valid: 1),
    Case(
      name: "invalid YAML", text: "spec: [1, 2\nkind: }\n", field: "", says: ["cannot be read as YAML", "','"]),
    Case(
      name: "tab", text: "spec:\n\tkind: x\n", field: "", says: ["cannot be read as YAML", "token"]),
    Case(
      name: "key twice", text: Manifest.redis("a", spec: ["minReplicaCount: 1"]), field: "",
      says: ["twice", "minReplicaCount"]),
    Case(name: "no mapping", text: "hello\n", field: "", says: ["apiVersion, kind and metadata"]),
    Case(name: "no kind", text: "apiVersion: v1\nmetadata: {name: a}\n", field: "kind", says: ["missing", "write"]),
    Case(
      name: "alias bomb",
      text: "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + (1..<10).map { level in
          let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
          return "a\(level): &a\(level) [\(aliases)]\n"
        }.joined(), field: "", says: ["aliases stand for more than"]),
    Case(
      name: "nested deeply", text: "a: " + String(repeating: "[", count: 100_000), field: "",
      says: ["nested deeper than 64 levels"]),
    Case(
      name: "nested", text: "a: " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100), field: "",
      says: ["nested deeper than 64 levels"]),
    Case(name: "binary", text: "\u{0}\u{1}\u{2}", field: "", says: ["not text in UTF-8"]),
  ]

  /// Each beside a right object, which stays right.
  @Test(arguments: cases) func oneClearErrorAndTheNeighbourStaysValid(_ bad: Case) async throws {
    let manifests = try Manifests()
    try manifests.write(bad.text, to: "bad.yaml")
    try manifests.write(Manifest.redis("neighbour"), to: "good.yaml")
    let check = try await SwellProgram.run("check", "-f", manifests.path, "-o", "json", within: .seconds(20))
    #expect(check.status == 1 && check.errors.isEmpty, "\(check.errors.prefix(500))")
    let entries = try JSONDecoder().decode([CheckEntry].self, from: Data(check.output.utf8))
    let invalid = entries.filter { !$0.valid }
    #expect(invalid.count == 1 && entries.count == invalid.count + bad.valid + 1)
    #expect(entries.contains { $0.name == "neighbour" && $0.valid })
    let errors = try #require(invalid.first).errors
    let error = try #require(errors.first)
    #expect(
      error.field.hasPrefix(bad.field) && (bad.field.isEmpty == error.field.isEmpty), "\(error.field.prefix(200))")
    for text in bad.says { #expect(error.message.contains(text), "no \"\(text)\" in: \(error.message.prefix(500))") }
    for error in errors {
      #expect(error.message.count < 400 && error.field.count < 200, "\(error.message.prefix(1_000))")
    }
    // A name of 1 MB is wrong in three ways; everything else in one.
    #expect(errors.count == 1 || bad.name == "name of 1 MB")
    let text = try await SwellProgram.run("check", "-f", manifests.path)
    #expect(text.output.contains(error.message) && text.output.utf8.count < 3_000)
  }

  @Test func otherEncodingsAndOtherFilesAreRefusedByName() async throws {
    let manifests = try Manifests()
    let contents: [(String, Data)] = [
      ("utf16.yaml", Data(Manifest.redis("a").utf16.flatMap { [UInt8(truncatingIfNeeded: $0), 0] })),
      ("image.yaml", Data((0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 37) })),
    ]
    for (file, data) in contents {
      try data.write(to: manifests.folder.url.appendingPathComponent(file))
      let check = try await SwellProgram.run("check", "-f", manifests.folder.path(file))
      #expect(check.status == 1 && check.output.contains("\(file)") && check.output.contains("not text in UTF-8"))
    }
  }

  /// Whatever is wrong around them.
  @Test func secretsAreNeverPrinted() async throws {
    let manifests = try Manifests()
    let secret = "hunter2"
    let server = "serverAddress: \"http://reader:\(secret)@127.0.0.1:1\""
    try manifests.write(
      [
        Manifest.password(secret + "-good", as: "good"),
        // 12345 is a number, not a text.
        Manifest.password("7700771", as: "number"),
        "apiVersion: v1\nkind: Secret\nmetadata: {name: base64, namespace: shop}\ndata: {password: \"\(secret)!!\"}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: text, namespace: shop}\ndata: \(secret)\n",
        Manifest.redis("valid", address: "127.0.0.1:1", authentication: "good"),
        Manifest.redis("url", address: "\"redis://:\(secret)@127.0.0.1:6379\""),
        Manifest.redis("inline", metadata: ["password: \(secret)"]),
        Manifest.redis("inlined", target: "abc", metadata: ["password: \(secret)"]),
        Manifest.object(
          "server", triggers: [Manifest.trigger("prometheus", [server, "query: up", "threshold: \"1\""])]),
        Manifest.object(
          "header",
          triggers: [
            Manifest.trigger(
              "prometheus",
              [
                "serverAddress: http://127.0.0.1:1", "query: up", "threshold: \"1\"",
                "customHeaders: Authorization=\(secret)",
              ])
          ]),
        Manifest.object(
          "sasl",
          triggers: [
            Manifest.trigger(
              "kafka",
              [
                "bootstrapServers: 127.0.0.1:1", "topic: t", "consumerGroup: g", "sasl: plaintext",
                "password: \(secret)",
              ])
          ]),
      ].joined(separator: "---\n"), to: "all.yaml")
    for arguments in [
      ["check"], ["check", "-o", "json"], ["query"], ["query", "-o", "json"],
      ["local", "--duration", "2s", "--secure-port", "0", "--metrics-port", "0"],
    ] {
      let run = try await SwellRun.start(arguments + ["-f", manifests.path])
      _ = try await run.process.waitUntilExit()
      let text = run.output + run.errors
      #expect(text.contains("shop/url") || text.contains("\"url\""), "\(text)")
      #expect(!text.contains(secret) && !text.contains("7700771"), "\(arguments): \(text)")
    }
  }
}
