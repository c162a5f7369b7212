import HTTPServing
import Testing

/// Health endpoints, as Kubernetes components have them.
@Suite struct HealthTests {
  @Test(arguments: [
    "/healthz", "/livez", "/readyz", "/readyz/ping", "/readyz/first-decisions", "/livez/ping", "/healthz/",
  ])
  func healthIsOK(path: String) async throws {
    let response = try await Asking.response(path, headers: [("accept", "text/html")])
    #expect(response.status == 200)
    #expect(response.text == "ok")
    #expect(response.contentType == "text/plain; charset=utf-8")
  }

  @Test func verboseNamesTheChecks() async throws {
    #expect(
      try await Asking.response("/readyz?verbose").text
        == "[+]ping ok\n[+]first-decisions ok\nreadyz check passed\n")
    #expect(try await Asking.response("/livez?verbose=1").text == "[+]ping ok\nlivez check passed\n")
  }

  @Test func beforeTheFirstDecisionsItIsAliveButNotReady() async throws {
    let ready = try await Asking.response("/readyz", isReady: false)
    #expect(ready.status == 503)
    #expect(
      ready.text
        == "[+]ping ok\n[-]first-decisions failed: some objects have not had their first decision\nreadyz check failed\n"
    )
    #expect(try await Asking.response("/readyz/first-decisions", isReady: false).status == 503)
    #expect(try await Asking.response("/readyz?exclude=first-decisions", isReady: false).status == 200)
    #expect(try await Asking.response("/readyz/ping", isReady: false).status == 200)
    #expect(try await Asking.response("/healthz", isReady: false).status == 200)
    #expect(try await Asking.response("/livez", isReady: false).status == 200)
  }
}
