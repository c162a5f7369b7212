internal import TestSupport

extension Row {
  static let throughput = Row(
    name: "throughput", what: "metric GET over TLS, keep-alive, 64 connections, load generator on the same machine",
    keda: "3,050 /s", bounds: [.atLeast(30_000, "/s")]
  ) { [Figure(try await Self.load(connections: 64).requestsPerSecond, "/s")] }

  static let latency = Row(
    name: "latency", what: "the same, 1 connection, median", keda: "1.04 ms", bounds: [.atMost(0.25, "ms")]
  ) { [Figure(try await Self.load(connections: 1).medianMilliseconds, "ms")] }

  private static func load(connections: Int) async throws -> Wrk {
    let swell = try await SwellProcess.start(1_000)
    let url = "https://127.0.0.1:\(swell.securePort)\(Workers.path(15))"
    _ = try await Wrk.run(url, connections: connections, seconds: 2)
    let run = try await Wrk.run(url, connections: connections, seconds: 10)
    await swell.stop()
    return run
  }

  /// From the start of the program until the metric of each object has been answered with 200, asked over 8 connections.
  static let start = Row(
    name: "start", what: "start with 10,000 objects until the first answer for each is served", keda: "–",
    bounds: [.atMost(3, "s")]
  ) {
    let (count, connections) = (10_000, 8)
    let swell = try await SwellProcess.start(count, untilDecided: false)
    try await withThrowingDiscardingTaskGroup { group in
      for first in 0..<connections {
        group.addTask {
          let connection = try await Self.connect(to: swell)
          for index in stride(from: first, to: count, by: connections) {
            while try await connection.status(of: Workers.path(index)) != 200 {
              guard swell.process.isRunning else { throw BenchmarkError(swell.process.output) }
              try await Task.sleep(for: .milliseconds(20))
            }
          }
          await connection.close()
        }
      }
    }
    let seconds = (ContinuousClock.now - swell.started).seconds
    await swell.stop()
    return [Figure(seconds, "s")]
  }

  /// As soon as the program listens.
  private static func connect(to swell: SwellProcess) async throws -> MetricsConnection {
    while true {
      do {
        return try await MetricsConnection.open(port: swell.securePort)
      } catch {
        guard swell.process.isRunning, ContinuousClock.now - swell.started < .seconds(20) else { throw error }
        try await Task.sleep(for: .milliseconds(10))
      }
    }
  }
}
