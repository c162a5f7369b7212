internal import KubernetesAPI
internal import Testing

@testable internal import Manifests

/// YAML as `kubectl` reads it, within bounds.
@Suite("YAML")
struct YAMLReaderTests {
  /// Plain scalar → value, by the rules of Go's `sigs.k8s.io/yaml`.
  static let scalars: [(String, JSONValue)] = [
    ("5", 5), ("-5", -5), ("+5", 5), ("1_000", 1000), ("0", 0), ("-0", 0), ("0644", 420), ("08", .double(8)),
    ("0x1F", 31), ("-0x10", -16), ("0o17", 15), ("0b101", 5), ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)), ("-0x8000000000000000", .integer(.min)),
    ("9223372036854775808", .double(0x1p63)), ("-0x-8000000000000000", "-0x-8000000000000000"),
    ("0x-5", "0x-5"), ("--5", "--5"), ("1.5", .double(1.5)), ("1e3", .double(1000)), ("1e400", "1e400"),
    (".inf", .double(.infinity)), ("-.inf", .double(-.infinity)), ("inf", "inf"), ("nan", "nan"), ("0x1p3", "0x1p3"),
    ("yes", true), ("Off", false), ("True", true), ("~", .null), ("null", .null), ("1Gi", "1Gi"),
    ("10.0.0.1", "10.0.0.1"),
    ("2024-02-29", "2024-02-29"), ("\"5\"", "5"), ("'yes'", "yes"), ("!!str 5", "5"), ("\"\\u00e9\\t\"", "é\t"),
  ]

  @Test("Scalars", arguments: scalars)
  func scalar(_ text: String, _ value: JSONValue) throws {
    #expect(try content("a: \(text)\n") == ["a": value])
  }

  @Test("Structures")
  func structures() throws {
    #expect(try content("{a: [1, {b: c}], \"d\": {}}") == ["a": [1, ["b": "c"]], "d": [:]])
    #expect(try content("a: |\n  x\n  y\nb: >-\n  z\n  w\n") == ["a": "x\ny\n", "b": "z w"])
    #expect(
      try content("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\n") == [
        "base": ["x": 1, "y": 2], "own": ["x": 1, "y": 3],
      ])
    #expect(try content("a: {<<: [{x: 1}, {x: 2, y: 2}], \"<<\": t}\n") == ["a": ["x": 1, "y": 2, "<<": "t"]])
    #expect(try content("k: &k name\n*k : v\n") == ["k": "name", "name": "v"])
  }

  @Test("Documents with their lines; empty ones are left out")
  func documents() throws {
    let documents = try YAMLReader.documents(in: "# remark\n---\n---\na: 1\n...\n---\n\n- b\n---\nnull\n")
    #expect(documents.map(\.line) == [4, 8])
    #expect(documents.map(\.content) == [["a": 1], ["b"]])
    #expect(try YAMLReader.documents(in: "").isEmpty)
  }

  static let errors: [(text: String, line: Int?, says: String)] = [
    ("a: 1\nb: [\n", 3, "expected"),
    ("a: 1\na: 2\n", 2, "\"a\" is written twice"),
    ("\"a\\e[2J\": 1\n\"a\\e[2J\": 2\n", 2, "\"a\\u{1B}[2J\" is written twice"),
    ("a: *b\n", 1, "*b has no anchor"),
    ("a: &x 1\n---\nb: *x\n", 3, "*x has no anchor"),
    ("? [1]\n: 2\n", 1, "a key must be"),
    ("a: &a [x]\n*a : 1\n", 2, "a key must be"),
    ("<<: 1\n", 1, "<< takes a mapping"),
    ("a: \u{1}\n", nil, "control characters"),
    (String(repeating: "[", count: 66), 1, "nested deeper than 64"),
  ]

  @Test("Errors", arguments: errors)
  func error(_ text: String, _ line: Int?, _ says: String) {
    #expect { try YAMLReader.documents(in: text) } throws: { error in
      guard let error = error as? YAMLSyntaxError else { return false }
      return error.line == line && error.message.contains(says)
    }
  }

  @Test("Aliases of aliases are refused before they grow: a kilobyte that stands for 2^30 values")
  func aliases() {
    let chain = "a0: &a0 [x, x]\n" + (1..<30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    #expect(throws: YAMLSyntaxError.self) { try YAMLReader.documents(in: chain) }
    #expect(throws: YAMLSyntaxError.self) { try YAMLReader.documents(in: chain + "? *a29\n: 1\n") }
    // Each nests the one before: small, but deeper than values may be.
    let nest = "a0: &a0 [x]\n" + (1..<80).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined()
    #expect(throws: YAMLSyntaxError.self) { try YAMLReader.documents(in: nest) }
  }

  private func content(_ text: String) throws -> JSONValue? { try YAMLReader.documents(in: text).first?.content }
}
