import HTTPSource
import Questions
import Testing

/// What a URL says, and what is no URL for a request.
@Suite struct HTTPRequestURLTests {
  @Test(arguments: [
    ("https://login.example/token", "https://login.example:443", "/token"),
    ("HTTP://Login.example", "http://Login.example:80", "/"),
    ("https://login.example:8443/a/../b%20c?x=1&y=%2F", "https://login.example:8443", "/a/../b%20c?x=1&y=%2F"),
    ("http://[::1]:8080/token#part", "http://[::1]:8080", "/token"),
  ])
  func isTakenApart(_ url: String, _ address: String, _ target: String) {
    let request = HTTPRequest(url: url)
    #expect(request?.endpoint.description == address)
    #expect(request?.target == target)
    #expect(request?.endpoint.tls.verifiesCertificate == true)
  }

  @Test(arguments: [
    "", "login.example/token", "/token", "ftp://login.example/", "file:///etc/passwd", "https://",
    "https://kim:geheim@login.example/", "https://kim@login.example/", "https://a b/", "https://a:99999/",
    "https://a/b c", "https://a/\r\nHost: evil",
  ])
  func isRefused(_ url: String) {
    #expect(HTTPRequest(url: url) == nil)
  }
}
