internal import TestSupport

extension Row {
  /// Over 60 s of steady state: two polls of each object, four GETs of each metric. At 30 s polling nearly every GET finds
  /// the last reading older than 2 s, and has Redis asked.
  static let cpu = Row(
    name: "cpu", what: "CPU with 1,000 objects at 30 s polling, an HPA's GET for each every 15 s", keda: "225 m",
    bounds: [.atMost(22, "m")]
  ) {
    let (count, seconds) = (1_000, 60.0)
    let swell = try await SwellProcess.start(count)
    let connection = try await MetricsConnection.open(port: swell.securePort)
    try await Self.paced(connection, objects: count, seconds: 10)
    let before = try swell.cpuSeconds()
    let start = ContinuousClock.now
    try await Self.paced(connection, objects: count, seconds: seconds)
    let used = try swell.cpuSeconds() - before
    let elapsed = (ContinuousClock.now - start).seconds
    await connection.close()
    await swell.stop()
    return [Figure(used / elapsed * 1000, "m")]
  }

  /// GETs every metric every 15 s, evenly.
  private static func paced(_ connection: MetricsConnection, objects: Int, seconds: Double) async throws {
    let start = ContinuousClock.now
    let total = Int(seconds * Double(objects) / 15)
    try await withThrowingDiscardingTaskGroup { group in
      for number in 0..<total {
        try await Task.sleep(until: start + .seconds(Double(number) * 15 / Double(objects)), clock: .continuous)
        group.addTask {
          let status = try await connection.status(of: Workers.path(number % objects))
          guard status == 200 else { throw BenchmarkError("a GET was answered with \(status)") }
        }
      }
    }
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
      figures.append(Figure(try swell.residentMegabytes(), "MB"))
      await swell.stop()
    }
    return figures
  }
}
