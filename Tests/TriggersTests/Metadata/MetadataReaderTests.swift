internal import KubernetesAPI
internal import Questions
internal import Testing

@testable internal import Triggers

@Suite struct MetadataReaderTests {
  private func reader(
    _ metadata: [String: String], _ authentication: [String: String] = [:], _ environment: [String: String] = [:]
  ) -> MetadataReader {
    MetadataReader(
      TriggerDeclaration(
        index: 0, type: "t", metadata: metadata, authentication: authentication.mapValues { SecretText($0) },
        environment: environment.mapValues { SecretText($0) }))
  }

  private let everywhere = MetadataReader.Parameter("a", "alias", from: .metadata, .authentication, .environment)

  @Test func sourcesAndAliasesAreTriedInOrder() {
    var all = reader(["a": "1", "alias": "2", "aFromEnv": "V"], ["a": "3"], ["V": "4"])
    #expect(all.text(everywhere) == "1")
    var alias = reader(["a": "  ", "alias": " 2\n"], ["a": "3"])
    #expect(alias.text(everywhere) == "2")
    var authentication = reader(["aFromEnv": "V"], ["alias": "3"], ["V": "4"])
    #expect(authentication.text(everywhere) == "3")
    var environment = reader(["aFromEnv": "W", "aliasFromEnv": "V"], [:], ["V": "4", "W": ""])
    #expect(environment.value(everywhere)?.field == "metadata.aliasFromEnv")
    var nothing = reader(["aFromEnv": "V"])
    #expect(nothing.text(everywhere) == nil)
    #expect(nothing.problems.isEmpty)
  }

  @Test func everyProblemIsFoundAndTold() throws {
    var reader = reader(["count": "ten", "flag": "yes", "wait": "-5s", "pairs": "a", "word": "Z"])
    _ = reader.integer(.init("count", from: .metadata))
    _ = reader.bool(.init("flag", from: .metadata))
    _ = reader.duration(.init("wait", from: .metadata))
    _ = reader.map(.init("pairs", from: .metadata))
    _ = reader.choice(.init("word", from: .metadata), of: ["x", "y"])
    _ = reader.required(.init("absent", from: .metadata), "something")
    let error = #expect(throws: TriggerError.self) { try reader.finish(with: 0) }
    let problems = try #require(error?.problems)
    #expect(problems.map(\.field) == ["count", "flag", "wait", "pairs", "word", "absent"].map { "metadata." + $0 })
    for (problem, value) in zip(problems, ["ten", "yes", "-5s", "\"a\"", "Z", "something"]) {
      #expect(problem.message.contains(value) && problem.message.contains("write"), "\(problem)")
    }
  }

  @Test func secretsAreNeverRepeated() {
    var reader = reader(
      ["eFromEnv": "V"], ["n": "hunter2", "b": "hunter2", "c": "hunter2", "m": "hunter2", "l": "hunter2"],
      ["V": "hunter2"])
    _ = reader.integer(.init("n", from: .authentication))
    _ = reader.bool(.init("b", from: .authentication))
    _ = reader.choice(.init("c", from: .authentication), of: ["x"])
    _ = reader.map(.init("m", from: .authentication))
    _ = reader.choices(.init("l", from: .authentication), of: ["x"], exclusive: [])
    _ = reader.duration(.init("e", from: .environment))
    #expect(reader.problems.count == 6)
    for problem in reader.problems { #expect(!problem.description.contains("hunter2"), "\(problem)") }
  }

  @Test func unknownKeysAreThoseThatNobodyAskedFor() {
    var reader = reader(["a": "1", "aliasFromEnv": "V", "b": "2", "aFromenv": "x", "metricName": "m"])
    _ = reader.text(everywhere)
    #expect(reader.unknownKeys == ["aFromenv", "b"])
    #expect(reader.problems.isEmpty)
  }

  @Test func longAndBinaryTextsAreRefused() {
    var long = reader(["a": String(repeating: "x", count: 1 << 20)])
    #expect(long.required(everywhere, "text") == nil)
    #expect(long.problems.count == 1)
    #expect(long.problems.allSatisfy { $0.message.utf8.count < 200 })
    var binary = reader(["a": "x\u{0}y\u{1B}[31m"])
    #expect(binary.text(everywhere) == nil)
    #expect(binary.problems.first?.message.contains("U+0") == true)
    #expect(binary.problems.allSatisfy { !$0.message.unicodeScalars.contains { $0.value < 0x20 } })
    var lines = reader(["a": "sum(\n\trate(x[2m])\r\n)"])
    #expect(lines.text(everywhere) != nil)
  }

  @Test func mapsAndListsAreSplitAtCommas() {
    var reader = reader(["l": " a , ,b", "m": " k = v , k2= "])
    #expect(reader.list(.init("l", from: .metadata)) == ["a", "", "b"])
    #expect(reader.map(.init("m", from: .metadata)) == ["k": "v", "k2": ""])
  }
}
