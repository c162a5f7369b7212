internal import ArgumentParser
internal import Foundation
internal import TestSupport

/// The test API server as a process of its own, with its virtual controllers: what scenarios take for an external
/// cluster when there is none.
@main
struct SwellTestAPIServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swell-test-apiserver",
    abstract: "A Kubernetes API in memory, on a port of 127.0.0.1, for tests.")

  @Option(help: "File for an administrator's kubeconfig, written when the server listens.")
  var kubeconfigOut: String

  @Option(help: "Seconds between two decisions of an HPA.")
  var hpaPeriod: Double = 15

  @Option(help: "Seconds that HPAs wait before they scale down, where they do not say themselves.")
  var downscaleStabilization: Int = 300

  func run() async throws {
    var options = TestAPIServer.Options()
    options.autoscaling = AutoscalingOptions(
      period: .seconds(hpaPeriod), downscaleStabilization: .seconds(downscaleStabilization))
    let server = try await TestAPIServer.start(options)
    try Data(server.kubeconfig().utf8).write(to: URL(fileURLWithPath: kubeconfigOut), options: .atomic)
    print("listening on \(server.url), kubeconfig in \(kubeconfigOut); ends with SIGTERM")
    // Until a signal ends the process.
    while !Task.isCancelled { try await ContinuousClock().sleep(for: .seconds(3_600)) }
    await server.stop()
  }
}
