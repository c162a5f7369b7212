import HTTPServing
import Testing

/// How a request target is read.
@Suite struct HTTPRequestTests {
  @Test(arguments: [
    ("/", "/", ""),
    ("/a/b", "/a/b", ""),
    ("/a?", "/a", ""),
    ("/a?x=1&y=2", "/a", "x=1&y=2"),
    ("/a?x=?&y=%3F", "/a", "x=?&y=%3F"),
    ("/a%20b%2Fc", "/a b/c", ""),
    ("/%C3%BC", "/ü", ""),
    ("/%FF", "/\u{FFFD}", ""),
    ("/a%00b", "/a\u{0}b", ""),
    ("/plus+stays", "/plus+stays", ""),
    ("//double//", "//double//", ""),
    ("http://host/a?b", "/a", "b"),
    ("HTTPS://host:1/a", "/a", ""),
    ("http://host", "/", ""),
    ("http://host?a=b", "/", "a=b"),
    ("/../..", "/../..", ""),
  ])
  func targetsAreTakenApart(target: String, path: String, query: String) throws {
    let request = try #require(HTTPRequest(method: .get, target: target))
    #expect(request.path == path)
    #expect(request.rawQuery == query)
  }

  @Test(arguments: ["", "a", "?a=b", "/%", "/%4", "/%zz", "/a?b=%", "/a?%g0", "*", "http://", "http:///a", "ftp://h/a"])
  func malformedTargetsAreRefused(target: String) {
    #expect(HTTPRequest(method: .get, target: target) == nil)
  }

  @Test func anAsteriskIsForOptions() {
    #expect(HTTPRequest(method: .options, target: "*")?.path == "*")
  }

  @Test(arguments: [
    ("a=1", "a", "1"), ("a=1&a=2", "a", "1"), ("b=0&a=1", "a", "1"), ("a", "a", ""), ("a=", "a", ""),
    ("&&a=1", "a", "1"), ("a=b=c", "a", "b=c"), ("a=x+y%20z%2B", "a", "x y z+"), ("%61=1", "a", "1"),
    ("a=%E2%82%AC", "a", "€"), ("a=%ff", "a", "\u{FFFD}"), ("aa=1", "a", nil), ("A=1", "a", nil), ("", "a", nil),
    ("=1", "a", nil), ("=1", "", "1"),
  ])
  func queryValuesAreDecoded(query: String, name: String, value: String?) throws {
    let request = try #require(HTTPRequest(method: .get, target: "/p?" + query))
    #expect(request.queryValue(name) == value)
    #expect(request.queryItems.first { $0.name == name }?.value == value)
    #expect(request.queryValues(name).first == value)
  }

  @Test func everyValueOfAParameterIsKept() throws {
    let request = try #require(HTTPRequest(method: .get, target: "/p?a=1&b=2&a=3"))
    #expect(request.queryValues("a") == ["1", "3"])
  }

  @Test func headersMatchWithoutRegardToCase() throws {
    let request = try #require(HTTPRequest(method: .get, target: "/", headers: [("X-One", "1"), ("x-one", "2")]))
    #expect(request.header("x-oNE") == "1")
    #expect(request.header("x-two") == nil)
  }

  @Test func methodsAreCaseSensitive() {
    #expect(HTTPMethod("GET") == .get)
    #expect(HTTPMethod("get") == .other("get"))
    #expect(HTTPMethod("PURGE").name == "PURGE")
    #expect(HTTPMethod.head.isRead && HTTPMethod.get.isRead && !HTTPMethod.post.isRead)
  }
}
