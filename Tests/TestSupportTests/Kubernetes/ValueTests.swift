import KubernetesAPI
import Testing

@testable import TestSupport

/// The parts of the server that are plain functions.
@Suite struct ValueTests {
  @Test(arguments: [
    "{\"a\":[1,-2,1.5,true,false,null,\"x\"],\"b\":{}}", "[]", "\"\"", "9223372036854775807", "-1", "0.5",
    "\"\\\"\\\\\\n\\t\u{00e9}\"", "{\"\":\"\"}",
  ]) func jsonComesBackAsItWas(text: String) throws {
    #expect(JSONText.text(try JSONText.parse(text)) == text)
  }

  @Test func escapesAndNumbers() throws {
    #expect(try JSONText.parse("\"\\u00e9\\ud83d\\ude00\\/\"") == "\u{00e9}\u{1F600}/")
    #expect(try JSONText.parse(" { \"a\" : 1e3 } ") == ["a": .double(1_000)])
    #expect(try JSONText.parse("9223372036854775808") == .double(9_223_372_036_854_775_808))
    #expect(JSONText.text(.string("\u{1}")) == "\"\\u0001\"")
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\"}", "{a:1}", "tru", "1e999", "\"abc", "\"\\x\"", "[1] 2", "+1", "{\"a\":1,}", "-",
    String(repeating: "[", count: 5_000),
  ]) func malformedJSONIsRefused(text: String) {
    #expect(throws: JSONText.Malformed.self) { try JSONText.parse(text) }
  }

  @Test func yamlScalars() throws {
    let documents = try YAMLText.documents("a: 1\nb: '1'\nc: yes\nd: ~\ne: 1.5\nf: x\n---\n---\n[1]\n")
    #expect(
      documents == [["a": 1, "b": "1", "c": true, "d": .null, "e": .double(1.5), "f": "x"], [1]])
  }

  @Test func mergePatches() {
    let target: JSONValue = ["a": 1, "b": ["c": 2, "d": 3], "e": [1, 2]]
    #expect(MergePatch.apply(["a": .null, "b": ["c": 9], "e": [3]], to: target) == ["b": ["c": 9, "d": 3], "e": [3]])
    #expect(MergePatch.apply(["b": ["c": .null, "x": ["y": .null]]], to: target)["b"] == ["d": 3, "x": [:]])
  }

  @Test func strategicMergePatches() {
    let target: JSONValue = [
      "containers": [["name": "a", "image": "1"], ["name": "b", "image": "1"]], "args": ["x"], "finalizers": ["f"],
    ]
    let patch: JSONValue = [
      "containers": [["name": "a", "image": "2"], ["name": "b", "$patch": "delete"], ["name": "c"]], "args": ["y"],
      "finalizers": ["g"], "$setElementOrder/containers": [["name": "a"], ["name": "c"]],
    ]
    #expect(
      StrategicMerge.apply(patch, to: target) == [
        "containers": [["name": "a", "image": "2"], ["name": "c"]], "args": ["y"], "finalizers": ["f", "g"],
      ])
    #expect(
      StrategicMerge.apply(["$deleteFromPrimitiveList/finalizers": ["f"]], to: target)["finalizers"] == [])
  }

  @Test func jsonPaths() throws {
    let object: JSONValue = [
      "spec": ["env": [["name": "a"], ["name": "b"]], "x.y": 1],
      "status": ["conditions": [["type": "Ready", "status": "True"]]],
    ]
    let cases: [(String, JSONValue)] = [
      (".spec.env[*].name", "a,b"), (".spec.env[1].name", "b"), (".spec['x.y']", "1"), (".spec.none", .null),
      (".status.conditions[?(@.type==\"Ready\")].status", "True"),
      (".status.conditions[?(@.type=='Other')].status", .null),
    ]
    let now = Timestamp(seconds: 0)
    for (path, expected) in cases {
      #expect(try JSONPath(path).cell(object, type: "string", at: now) == expected, "\(path)")
    }
    #expect(throws: APIError.self) { try JSONPath(".a[") }
    #expect(throws: APIError.self) { try JSONPath(".a[?(@.b>1)]") }
  }

  @Test func agesReadAsInKubectl() {
    let cases: [(Int64, String)] = [
      (0, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (600, "10m"), (7_200, "120m"), (10_800, "3h"),
      (14_460, "4h1m"), (100_000, "27h"), (180_000, "2d2h"), (864_000, "10d"),
    ]
    for (seconds, expected) in cases {
      let age = TableText.age("1970-01-01T00:00:00Z", at: Timestamp(seconds: seconds))
      #expect(age == expected, "\(seconds) s")
    }
    #expect(TableText.age(nil, at: Timestamp(seconds: 0)) == "<unknown>")
  }
}
