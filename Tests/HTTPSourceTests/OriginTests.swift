import Testing

@testable import HTTPSource

@Suite struct OriginTests {
  @Test(arguments: [
    ("http://a:9090/x", "http://a:9090/y", true),
    ("http://a/x", "http://a:80/y", true),
    ("http://a/x", "http://A/y", true),
    ("http://a:9090/x", "https://a:9443/y", true),
    ("http://a:9090/x", "http://a:9091/y", false),
    ("https://a/x", "http://a/y", false),
    ("https://a/x", "https://a:8443/y", false),
    ("http://a/x", "http://sub.a/y", false),
    ("http://a/x", "http://a.b/y", false),
    ("http://a/x", "http://b@a/y", true),
    ("http://a/x", "http://a@b/y", false),
  ]) func credentialsStayAtHome(_ from: String, _ to: String, _ allowed: Bool) throws {
    let origin = try #require(Origin(url: from))
    let target = try #require(Origin(url: to))
    #expect(origin.allowsCredentials(at: target) == allowed)
  }
}
