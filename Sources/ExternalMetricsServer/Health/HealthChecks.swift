internal import HTTPServing

/// `/healthz`, `/livez` and `/readyz` as Kubernetes components answer them: `ok`, or one line a check with `?verbose`
/// and whenever one fails; `?exclude=NAME` leaves a check out; `/readyz/NAME` asks for one alone.
struct HealthChecks {
  struct Check {
    var name: String
    /// What is wrong; nil when nothing is.
    var problem: String?
  }

  /// `healthz`, `livez` or `readyz`.
  var endpoint: Substring
  var checks: [Check]

  init?(endpoint: Substring, isReady: () -> Bool) {
    switch endpoint {
    case "healthz", "livez":
      checks = [Check(name: "ping")]
    case "readyz":
      checks = [
        Check(name: "ping"),
        Check(name: "first-decisions", problem: isReady() ? nil : "some objects have not had their first decision"),
      ]
    default:
      return nil
    }
    self.endpoint = endpoint
  }

  /// nil when there is no check of that name.
  func response(to request: HTTPRequest, only name: Substring?) -> HTTPResponse? {
    let excluded = request.queryValues("exclude")
    let asked = checks.filter { name == nil ? !excluded.contains($0.name) : $0.name == name ?? "" }
    if name != nil, asked.isEmpty { return nil }
    let isHealthy = asked.allSatisfy { $0.problem == nil }
    if isHealthy, request.queryValue("verbose") == nil { return .text("ok") }
    var text = ""
    for check in asked {
      text += check.problem.map { "[-]\(check.name) failed: \($0)\n" } ?? "[+]\(check.name) ok\n"
    }
    let path = name.map { "\(endpoint)/\($0)" } ?? String(endpoint)
    text += "\(path) check \(isHealthy ? "passed" : "failed")\n"
    return .text(text, status: isHealthy ? 200 : 503)
  }
}
