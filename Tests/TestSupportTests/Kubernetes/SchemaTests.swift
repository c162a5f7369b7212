import KubernetesAPI
import Testing

@testable import TestSupport

@Suite struct SchemaTests {
  /// A spec, and what the server says about it; nil where it is taken.
  static let specs: [(JSONValue, String?)] = [
    (["size": 1], nil),
    (["size": 1, "note": .null], nil),
    (["size": 1, "amount": "10Mi"], nil),
    (["size": 1, "amount": 10], nil),
    (["size": 5, "low": 5], nil),
    (["size": 1, "labels": ["a": "b"]], nil),
    ([:], "spec.size: Required value"),
    (["size": 0], "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"),
    (["size": 101], "spec.size: Invalid value: 101: spec.size in body should be less than or equal to 100"),
    (["size": "x"], "spec.size: Invalid value: \"x\": spec.size in body must be of type integer: \"x\""),
    (["size": .double(1.5)], "spec.size: Invalid value: 1.5: spec.size in body must be of type integer: 1.5"),
    (["size": 1, "color": "blue"], "spec.color: Unsupported value: \"blue\": supported values: \"red\", \"green\""),
    (["size": 1, "code": "AB"], "spec.code: Invalid value: \"AB\": spec.code in body should match '^[a-z]+$'"),
    (["size": 1, "code": "a"], "spec.code: Invalid value: \"a\": spec.code in body should be at least 2 chars long"),
    (["size": 1, "code": "abcde"], "spec.code: Too long: may not be more than 4 bytes"),
    (["size": 1, "parts": []], "spec.parts: Invalid value: 0: spec.parts in body should have at least 1 items"),
    (
      ["size": 1, "parts": [["id": "a"], ["id": "b"], ["id": "c"]]],
      "spec.parts: Too many: 3: must have at most 2 items"
    ),
    (["size": 1, "parts": [[:]]], "spec.parts[0].id: Required value"),
    (
      ["size": 1, "labels": ["a": 1]],
      "spec.labels.a: Invalid value: 1: spec.labels.a in body must be of type string: 1"
    ),
    (["size": 5, "low": 6], "spec: Invalid value: \"object\": low must not exceed size"),
  ]

  @Test func everyRuleHasItsMessage() async throws {
    let fixture = try await Fixture()
    for (index, (spec, expected)) in Self.specs.enumerated() {
      let answer = try await fixture.client.post(Fixture.path, Fixture.widget("w\(index)", spec))
      if let expected {
        #expect(answer.status == 422, "\(JSONText.text(spec))")
        #expect(answer.message.hasPrefix("Widget.example.com \"w\(index)\" is invalid: "))
        #expect(answer.message.contains(expected), "\(JSONText.text(spec))")
      } else {
        #expect(answer.status == 201, "\(JSONText.text(spec)): \(answer.message)")
      }
    }
    await fixture.server.stop()
  }

  @Test func unknownFieldsArePrunedWarnedAboutOrRefused() async throws {
    let fixture = try await Fixture()
    let spec: JSONValue = ["size": 1, "extra": 2, "parts": [["id": "a", "more": 1]], "free": ["any": ["thing": 1]]]
    let path = Fixture.path
    let warned = try await fixture.client.post(path, Fixture.widget("a", spec))
    #expect(warned.status == 201)
    #expect(
      warned.body["spec"]
        == ["size": 1, "color": "red", "parts": [["id": "a"]], "free": ["any": ["thing": 1]]])
    #expect(
      warned.header("warning") == [
        "299 - \"unknown field \\\"spec.extra\\\"\"", "299 - \"unknown field \\\"spec.parts[0].more\\\"\"",
      ])
    let ignored = try await fixture.client.post("\(path)?fieldValidation=Ignore", Fixture.widget("b", spec))
    #expect(ignored.header("warning").isEmpty)
    let strict = try await fixture.client.post("\(path)?fieldValidation=Strict", Fixture.widget("c", spec))
    #expect(strict.status == 400)
    #expect(
      strict.message
        == "Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: "
        + "unknown field \"spec.extra\", unknown field \"spec.parts[0].more\"")
    await fixture.server.stop()
  }

  @Test func oldFaultsDoNotBlockOtherChanges() async throws {
    let fixture = try await Fixture()
    // As if an older schema had taken it.
    try fixture.server.objects.put(Fixture.widget("a", ["size": 0, "low": 7, "parts": [[:]]]))
    let path = "\(Fixture.path)/a"
    #expect(try await fixture.client.merge(path, ["metadata": ["finalizers": ["example.com/x"]]]).status == 200)
    #expect(try await fixture.client.merge("\(path)/status", ["status": ["replicas": 1]]).status == 200)
    #expect(try await fixture.client.merge(path, ["spec": ["color": "green"]]).status == 200)
    let worse = try await fixture.client.merge(path, ["spec": ["size": -1]])
    #expect(worse.status == 422)
    #expect(worse.message.contains("spec.size: Invalid value: -1") && !worse.message.contains("spec.parts"))
    await fixture.server.stop()
  }

  @Test func definitionsThatCannotBeServedAreRefused() async throws {
    let fixture = try await Fixture()
    let bad = [
      "!has(self.low) || quantity(self.low) > 1", "self.low.orValue(3) > 1", "self.low >", "self.all(x)",
    ]
    for rule in bad {
      let text = Fixture.widgets.replacing("widgets", with: "gadgets")
        .replacing("!has(self.low) || self.low <= (has(self.size) ? self.size : 100)", with: rule)
      await #expect(throws: RequestFailed.self, "\(rule)") { try await fixture.server.apply(yaml: text) }
    }
    let broken = Fixture.widgets.replacing("^[a-z]+$", with: "[a")
    await #expect(throws: RequestFailed.self) { try await fixture.server.apply(yaml: broken) }
    await fixture.server.stop()
  }

  /// Expression, self, result.
  static let expressions: [(String, JSONValue, Bool)] = [
    ("self.a == 1 && self.b != 'x'", ["a": 1, "b": "y"], true),
    ("has(self.a) ? self.a > 2 : true", [:], true),
    ("size(self.list) == 2 && 'a' in self.list", ["list": ["a", "b"]], true),
    ("self.list.all(x, x.startsWith('a'))", ["list": ["ab", "b"]], false),
    ("self.list.exists(x, x.matches('^b$'))", ["list": ["ab", "b"]], true),
    ("self.a in ['x', \"y\"]", ["a": "y"], true),
    ("self.a + 2 * 3 == 7 && -self.a < 0", ["a": 1], true),
    ("has(self.a) || self.b", ["a": 1], true),
    ("self.m['k'] == 'v' && self.m.size() == 1", ["m": ["k": "v"]], true),
    ("!(self.a >= 1.5)", ["a": 1], true),
  ]

  @Test func rulesAreEvaluated() throws {
    for (text, value, expected) in Self.expressions {
      let result = try CELParser.parse(text).evaluate(CELScope(["self": value]))
      #expect(result == .bool(expected), "\(text)")
    }
  }
}
