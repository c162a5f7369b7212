internal import TestSupport

/// One run of the load generator wrk.
struct Wrk {
  var requestsPerSecond: Double
  var medianMilliseconds: Double

  static func run(_ url: String, connections: Int, seconds: Int) async throws -> Wrk {
    let wrk = try await ChildProcess.start(
      "wrk", ["-t1", "-c\(connections)", "-d\(seconds)s", "--latency", "-H", "Accept: application/json", url])
    let status = try await wrk.waitUntilExit(within: .seconds(Int64(seconds + 30)))
    let output = wrk.output
    guard status == 0, !output.contains("Non-2xx"), !output.contains("Socket errors"),
      let rate = output.value(after: "Requests/sec:").flatMap({ Double($0) }),
      let median = output.value(after: "50%").flatMap(milliseconds)
    else { throw BenchmarkError("wrk: \(output)") }
    return Wrk(requestsPerSecond: rate, medianMilliseconds: median)
  }

  /// `82.00us`, `1.34ms`, `2.00s`.
  private static func milliseconds(_ text: Substring) -> Double? {
    for (unit, factor) in [("us", 0.001), ("ms", 1), ("s", 1000)] where text.hasSuffix(unit) {
      return Double(text.dropLast(unit.count)).map { $0 * factor }
    }
    return nil
  }
}

extension String {
  fileprivate func value(after label: String) -> Substring? {
    for line in split(separator: "\n") {
      let words = line.split(separator: " ")
      if let index = words.firstIndex(where: { $0 == label }), index + 1 < words.count { return words[index + 1] }
    }
    return nil
  }
}
