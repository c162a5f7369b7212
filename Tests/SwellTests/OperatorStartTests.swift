internal import TestSupport
internal import Testing

/// What `swell run` says of its servers before it knows anything of the cluster.
@Suite struct OperatorStartTests {
  private static func start(_ arguments: [String]) async throws -> SwellRun {
    let folder = try TemporaryFolder("start")
    let kubeconfig = """
      apiVersion: v1
      kind: Config
      current-context: main
      contexts: [{name: main, context: {cluster: main, user: main}}]
      clusters: [{name: main, cluster: {server: "http://127.0.0.1:1"}}]
      users: [{name: main, user: {token: none}}]

      """
    try folder.write(kubeconfig, to: "kubeconfig")
    let run = try await SwellRun.start(["run", "--kubeconfig", folder.path("kubeconfig")] + arguments)
    try await run.process.waitUntil("it has started, or ended") { !run.errors.isEmpty }
    return run
  }

  @Test func eachServerIsNamed() async throws {
    let health = try FreePort.next()
    let webhook = try FreePort.next()
    let run = try await Self.start([
      "--bind-address", "127.0.0.1", "--secure-port", "0", "--webhook-port", "\(webhook)",
      "--metrics-bind-address", "127.0.0.1:0", "--health-probe-bind-address", "127.0.0.1:\(health)",
    ])
    try await run.process.waitUntil("it says where it listens") { run.errors.contains(" starts ") }
    for pattern in [
      "api=https://127.0.0.1:", "webhook=https://127.0.0.1:\(webhook)", "metrics=http://127.0.0.1:",
      "health=http://127.0.0.1:\(health)",
    ] { #expect(run.errors.contains(" \(pattern)"), "\(run.errors)") }
    await run.process.stop()
  }

  /// A host that is none is the fault of the flag that names hosts.
  @Test func aHostThatIsNoneIsNamed() async throws {
    let run = try await Self.start([
      "--bind-address", "nonsense", "--secure-port", "0", "--webhook-port", "0",
      "--metrics-bind-address", "0", "--health-probe-bind-address", "0",
    ])
    #expect(try await run.process.waitUntilExit(within: .seconds(30)) == 1)
    #expect(run.errors.contains("--bind-address: cannot listen on nonsense:0: "), "\(run.errors)")
    #expect(run.errors.contains("write an IP address such as 127.0.0.1 or 0.0.0.0"), "\(run.errors)")
  }

  /// A port that is taken is the fault of the flag that names the port.
  @Test func aPortThatIsTakenIsNamed() async throws {
    let other = try FaultServer(.hang)
    defer { other.stop() }
    let run = try await Self.start([
      "--bind-address", "127.0.0.1", "--secure-port", "\(other.port)", "--webhook-port", "0",
      "--metrics-bind-address", "0", "--health-probe-bind-address", "0",
    ])
    #expect(try await run.process.waitUntilExit(within: .seconds(30)) == 1)
    #expect(
      run.errors.contains("--secure-port: cannot listen on 127.0.0.1:\(other.port): another program"), "\(run.errors)")
  }
}
