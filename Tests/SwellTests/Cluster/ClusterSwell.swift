internal import Foundation
internal import TestSupport

/// A running `swell run` on ports of its own.
final class ClusterSwell: Sendable {
  let run: SwellRun
  /// `https://127.0.0.1:port`: the external metrics API.
  let api: String
  /// `https://127.0.0.1:port`: the admission webhook.
  let webhook: String
  /// `http://127.0.0.1:port`: telemetry and the JSON API.
  let telemetry: String

  /// Returns when its servers listen.
  /// - Parameter environment: added to this process's.
  static func start(
    kubeconfig: String, namespace: String = "swell-system", options: [String] = [], environment: [String: String] = [:]
  ) async throws -> ClusterSwell {
    let defaults = [
      "--kubeconfig", kubeconfig, "--namespace", namespace, "--bind-address", bindAddress, "--secure-port", "0",
      "--webhook-port", "\(try FreePort.next())", "--metrics-bind-address", "127.0.0.1:0",
      "--health-probe-bind-address", "0",
    ]
    let run = try await SwellRun.start(["run"] + defaults + options, environment: environment)
    try await run.process.waitUntil("it says where it listens") { run.errors.contains(" starts ") }
    guard let api = run.errors.firstMatch(of: /\ api=(https:\/\/[0-9.:]+)/)?.output.1,
      let telemetry = run.errors.firstMatch(of: /\ metrics=(http:\/\/[0-9.:]+)/)?.output.1
    else { throw Unexpected("no addresses in: \(run.errors)") }
    let webhook = run.errors.firstMatch(of: /\ webhook=(https:\/\/[0-9.:]+)/)?.output.1
    return ClusterSwell(run, String(api), String(webhook ?? ""), String(telemetry))
  }

  /// An API server elsewhere must reach it.
  private static var bindAddress: String {
    ["localhost", "127.0.0.1"].contains(TestCluster.host) ? "127.0.0.1" : "0.0.0.0"
  }

  private init(_ run: SwellRun, _ api: String, _ webhook: String, _ telemetry: String) {
    self.run = run
    self.api = api
    self.webhook = webhook
    self.telemetry = telemetry
  }

  var log: String { run.errors }

  /// Waits, and shows the log when it was in vain.
  func waitUntil(
    _ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
  ) async throws {
    do {
      try await run.process.waitUntil(what, within: limit, condition)
    } catch {
      throw Unexpected("\(error)\n\(log.suffix(6_000))")
    }
  }
  var apiPort: Int { Self.port(api) }
  var webhookPort: Int { Self.port(webhook) }

  private static func port(_ address: String) -> Int { address.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

  var isReady: Bool {
    get async { (try? await CurlReply.get("\(telemetry)/readyz").status) == 200 }
  }

  func waitUntilReady() async throws {
    try await run.process.waitUntil("it is ready", within: .seconds(30)) { await isReady }
  }

  func waitUntilItLeads() async throws {
    try await run.process.waitUntil("it leads", within: .seconds(30)) { log.contains("this replica leads") }
  }

  /// Ends it as Kubernetes does.
  /// - Returns: its exit status.
  @discardableResult
  func terminate() async throws -> Int32 {
    run.process.send(signal: SIGTERM)
    return try await run.process.waitUntilExit(within: .seconds(10))
  }

  func kill() { run.process.send(signal: SIGKILL) }

  func stop() async { await run.process.stop() }
}
