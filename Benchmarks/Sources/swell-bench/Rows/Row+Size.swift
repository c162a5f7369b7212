internal import TestSupport

extension Row {
  /// Over 60 s of steady state: two polls of each object, four GETs of each metric. At 30 s polling nearly every GET would
  /// find a reading older than 2 s. Three rounds of GETs come before, because Swell learns from them when the next ones come.
  static let cpu = Row(
    name: "cpu", what: "CPU with 1,000 objects at 30 s polling, an HPA's GET for each every 15 s", keda: "225 m",
    bounds: [.atMost(22, "m")]
  ) {
    let swell = try await SwellProcess.start(1_000)
    let connection = try await MetricsConnection.open(port: swell.securePort)
    let start = ContinuousClock.now
    let learning = try await Self.millicores(of: swell, connection, rounds: 0..<2, since: start)
    _ = try await Self.millicores(of: swell, connection, rounds: 2..<3, since: start)
    let steady = try await Self.millicores(of: swell, connection, rounds: 3..<7, since: start)
    await connection.close()
    await swell.stop()
    return [Figure(steady, "m", note: "(the first two rounds of GETs: \(Figure(learning, "m").text))")]
  }

  /// What the process uses while every metric is read once in each of some rounds of 15 s, evenly.
  private static func millicores(
    of swell: SwellProcess, _ connection: MetricsConnection, rounds: Range<Int>, since start: ContinuousClock.Instant
  ) async throws -> Double {
    let objects = swell.workers.count
    let (before, began) = (try swell.cpuSeconds(), ContinuousClock.now)
    try await withThrowingDiscardingTaskGroup { group in
      for number in rounds.lowerBound * objects..<rounds.upperBound * objects {
        try await Task.sleep(until: start + .seconds(Double(number) * 15 / Double(objects)), clock: .continuous)
        group.addTask {
          let status = try await connection.status(of: Workers.path(number % objects))
          guard status == 200 else { throw BenchmarkError("a GET was answered with \(status)") }
        }
      }
    }
    return try (swell.cpuSeconds() - before) / (ContinuousClock.now - began).seconds * 1000
  }

  /// After every object was decided about and polled once more, and `/metrics` was scraped.
  static let memory = Row(
    name: "memory", what: "resident memory with 1,000 / 10,000 objects", keda: "476 MB (operator + adapter) / –",
    bounds: [.atMost(48, "MB"), .atMost(128, "MB")]
  ) {
    var figures: [Figure] = []
    for count in [1_000, 10_000] {
      let swell = try await SwellProcess.start(count)
      try await Task.sleep(for: .seconds(20))
      try await swell.scrape()
      try await Task.sleep(for: .seconds(15))
      let own = Figure(try swell.megabytes("RssAnon"), "MB").text
      figures.append(Figure(try swell.megabytes("VmRSS"), "MB", note: "(private: \(own))"))
      await swell.stop()
    }
    return figures
  }
}
