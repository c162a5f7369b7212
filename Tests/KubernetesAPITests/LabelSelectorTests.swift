internal import Foundation
internal import KubernetesAPI
internal import Testing

@Suite struct LabelSelectorTests {
  static let labels = ["app": "web", "tier": "a", "empty": "", "size": "5", "example.com/team": "blue", "in": "x"]

  @Test(arguments: [
    ("", true, ""), ("  ", true, ""), ("app=web", true, "app=web"), ("app==web", true, "app==web"),
    (" app \t=\n web ", true, "app=web"), ("app=api", false, "app=api"), ("app!=api", true, "app!=api"),
    ("missing!=api", true, "missing!=api"), ("app in (web,api)", true, "app in (api,web)"),
    ("app in(web)", true, "app in (web)"),
    ("app notin (web)", false, "app notin (web)"), ("missing notin (x)", true, "missing notin (x)"),
    ("app", true, "app"),
    ("!app", false, "!app"), ("!missing", true, "!missing"), ("! missing", true, "!missing"),
    ("size>4", true, "size>4"),
    ("size<5", false, "size<5"), ("app>4", false, "app>4"), ("missing<9", false, "missing<9"),
    ("empty=", true, "empty="),
    ("empty=,app", true, "app,empty="), ("empty in ()", true, "empty in ()"), ("empty in (,a)", true, "empty in (,a)"),
    ("tier in (a,,b)", true, "tier in (,a,b)"), ("tier=a,app=web", true, "app=web,tier=a"),
    ("example.com/team=blue", true, "example.com/team=blue"), ("in in (in,notin,x)", true, "in in (in,notin,x)"),
    ("in", true, "in"), ("notin", false, "notin"), ("app=in", false, "app=in"),
    ("app in (web),!missing", true, "app in (web),!missing"),
    ("app=web,app=api", false, "app=web,app=api"),
  ])
  func parsesMatchesAndPrints(text: String, matches: Bool, printed: String) throws {
    let query = try LabelQuery(parsing: text)
    #expect(query.matches(Self.labels) == matches)
    #expect(query.description == printed)
    #expect(try LabelQuery(parsing: printed) == query)
  }

  @Test(arguments: [
    ",", "a,", ",a", "a,,b", "=b", "a=b=c", "a=b c", "a b", "a in", "a in x", "a in (x", "a in (x y)", "a in x)",
    "a notin", "(a)",
    "a=(b)", "!a=b", "!", "!!a", "a===b", "a=>1", "a>", "a>x", "a<1.5", "a>-1", "a=é", "é=a", "a/b/c=d", "/a=b",
    "A.com/a=b",
    "a/=b", "-a=b", "a-=b", "a=-b", "a=b-", "a=\u{0}", "a\u{0}b", "a&b=c", "a=b;c=d", "{}",
    String(repeating: "k", count: 64), "a=" + String(repeating: "v", count: 64),
    String(repeating: "a=b,", count: 5000) + "a=b",
    String(repeating: "p.", count: 127) + "com/a=b",
  ])
  func refuses(text: String) {
    let error = #expect(throws: LabelSelectorError.self) { try LabelQuery(parsing: text) }
    #expect(error?.message.isEmpty == false)
    #expect((error?.message.utf8.count ?? 0) < 400)
  }

  @Test func acceptsTheLongestKeysAndValues() throws {
    let prefix = (0..<50).map { _ in "abcd" }.joined(separator: ".")
    let text = "\(prefix)/\(String(repeating: "k", count: 63))=\(String(repeating: "v", count: 63))"
    #expect(try LabelQuery(parsing: text).description == text)
  }

  @Test func tellsTheExactValue() throws {
    #expect(try LabelQuery(parsing: "a=b").exactValue(of: "a") == "b")
    #expect(try LabelQuery(parsing: "a in (b),c").exactValue(of: "a") == "b")
    for text in ["a in (b,c)", "a!=b", "a", "c=d"] {
      #expect(try LabelQuery(parsing: text).exactValue(of: "a") == nil, "\(text)")
    }
  }

  @Test func objectSelectors() throws {
    let json =
      #"{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["b","a"]},{"key":"x","operator":"DoesNotExist"}]}"#
    let selector = try JSONDecoder().decode(LabelSelector.self, from: Data(json.utf8))
    #expect(selector.matches(Self.labels))
    #expect(!selector.matches(["app": "web"]))
    #expect(!selector.matches(["app": "web", "tier": "a", "x": ""]))
    #expect(try selector.query().description == "app=web,tier in (a,b),!x")
    #expect(LabelSelector().isEmpty && LabelSelector().matches([:]))
    #expect(!selector.isEmpty)

    let notIn = LabelSelector(matchExpressions: [
      LabelSelectorRequirement(key: "tier", operator: "NotIn", values: ["a"])
    ])
    #expect(!notIn.matches(Self.labels) && notIn.matches([:]))
    let exists = LabelSelector(matchExpressions: [LabelSelectorRequirement(key: "tier", operator: "Exists")])
    #expect(exists.matches(Self.labels) && !exists.matches([:]))
    let unknown = LabelSelector(matchExpressions: [LabelSelectorRequirement(key: "tier", operator: "in", values: ["a"])]
    )
    #expect(!unknown.matches(Self.labels))
    #expect(throws: LabelSelectorError.self) { try unknown.query() }
    let empty = LabelSelector(matchExpressions: [LabelSelectorRequirement(key: "tier", operator: "In")])
    #expect(throws: LabelSelectorError.self) { try empty.query() }
  }

  @Test func randomTextsNeverTrap() {
    var random = SeededGenerator(seed: 3)
    let pieces = [
      "a", "b-", "=", "==", "!=", "!", ",", "(", ")", " in ", " notin ", ">", "<", "1", " ", "/", "\u{0}", "é",
    ]
    var accepted = 0
    for _ in 0..<30_000 {
      let count = Int.random(in: 0...9, using: &random)
      let text = (0..<count).compactMap { _ in pieces.randomElement(using: &random) }.joined()
      guard let query = try? LabelQuery(parsing: text) else { continue }
      accepted += 1
      #expect((try? LabelQuery(parsing: query.description)) == query, "\(text)")
    }
    #expect(accepted > 1000)
  }
}
