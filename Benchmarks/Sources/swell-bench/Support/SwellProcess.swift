internal import Foundation
internal import TestSupport

/// The real program as a user starts it, `swell local`, with its own Redis. Its built-in HPA is off, so that it does only
/// what it is asked from outside.
struct SwellProcess: Sendable {
  let workers: Workers
  let redis: RedisServer
  let process: ChildProcess
  let securePort: Int
  let metricsPort: Int
  /// When the program was started.
  let started: ContinuousClock.Instant
  private let folder: TemporaryFolder

  static var program: String {
    ProcessInfo.processInfo.environment["SWELL"] ?? ".build/release/swell"
  }

  /// - Parameter untilDecided: wait until every object has been decided about.
  static func start(_ count: Int, untilDecided: Bool = true) async throws -> SwellProcess {
    let workers = Workers(count: count)
    let redis = try await RedisServer.start()
    try await workers.fill(redis)
    let folder = try TemporaryFolder("swell-bench")
    try folder.write(workers.manifests(redis: redis.address), to: "workers.yaml")
    let (securePort, metricsPort) = (try FreePort.next(), try FreePort.next())
    let started = ContinuousClock.now
    let process = try await ChildProcess.start(
      program,
      [
        "local", "-f", folder.url.path, "-o", "json", "--secure-port", "\(securePort)", "--metrics-port",
        "\(metricsPort)", "--hpa-sync-period", "24h",
      ])
    let swell = SwellProcess(
      workers: workers, redis: redis, process: process, securePort: securePort, metricsPort: metricsPort,
      started: started, folder: folder)
    if untilDecided { try await swell.waitUntilDecided() }
    return swell
  }

  private func waitUntilDecided() async throws {
    try await process.waitUntil("every object is decided", within: .seconds(60)) {
      try await status(of: "/readyz") == 200
    }
  }

  private func status(of path: String) async throws -> Int {
    guard let url = URL(string: "http://127.0.0.1:\(metricsPort)\(path)") else { return 0 }
    // One short-lived program a look: no HTTP client of ours is in the way of what is measured.
    let curl = try await ChildProcess.start(
      "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", url.absoluteString])
    _ = try await curl.waitUntilExit()
    return Int(curl.output) ?? 0
  }

  /// What Prometheus would do.
  func scrape() async throws {
    guard try await status(of: "/metrics") == 200 else { throw BenchmarkError("/metrics does not answer") }
  }

  func stop() async {
    await process.stop()
    await redis.stop()
  }

  /// CPU time used so far, in seconds, user and system together.
  func cpuSeconds() throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process.processID)/stat", encoding: .utf8)
    // The name in brackets may hold spaces; the 12th and 13th fields after it are utime and stime.
    let fields = text.drop { $0 != ")" }.split(separator: " ").dropFirst()
    let ticks = fields.dropFirst(11).prefix(2).compactMap { Double($0) }
    guard ticks.count == 2 else { throw BenchmarkError("/proc/PID/stat is not understood") }
    return ticks.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// A field of `/proc/PID/status` in MB (10^6 bytes): `VmRSS` is all resident memory, `RssAnon` what belongs to the process
  /// alone. The rest is pages of files, code above all.
  func megabytes(_ field: String) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(field + ":") }),
      let kilobytes = line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Double($0) })
    else { throw BenchmarkError("/proc/PID/status is not understood") }
    return kilobytes * 1024 / 1e6
  }
}
