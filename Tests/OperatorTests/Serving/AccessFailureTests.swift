internal import ExternalMetricsServer
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling
internal import TestSupport
internal import Testing

@testable import Operator

/// Rights that Swell itself lacks: those who ask it get no reason, so the log must tell.
@Suite struct AccessFailureTests {
  private static func refusing() throws -> ScriptedHTTPServer {
    try ScriptedHTTPServer { _ in
      .answer(
        status: 403,
        body: #"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":"Forbidden","code":403}"#)
    }
  }

  private static func client(_ server: ScriptedHTTPServer, _ time: any TimeSource) throws -> KubernetesClient {
    try KubernetesClient(ClusterAccess(server: "http://127.0.0.1:\(server.port)"), time: time, userAgent: "t")
  }

  @Test func reviewsThatAreForbiddenAreToldEveryHalfMinuteWithoutTheToken() async throws {
    let server = try Self.refusing()
    let time = ManualTime()
    let logs = LogLines()
    let client = try Self.client(server, time)
    let reviews = ClusterReviews(client: client, time: time, logger: logs.logger)
    for seconds in [0, 10, 20, 30] as [Int64] {
      _ = await #expect(throws: KubernetesError.self) { try await reviews.review(BearerToken("s3cret")) }
      #expect(logs.all.count == (seconds < 30 ? 1 : 2))
      time.advance(by: .seconds(10))
    }
    #expect(logs.all.allSatisfy { $0.contains("system:auth-delegator") && !$0.contains("s3cret") })
    await client.shutdown()
    server.stop()
  }

  @Test func settingsThatAreForbiddenAreTold() async throws {
    let server = try Self.refusing()
    let time = SystemTime()
    let logs = LogLines()
    let client = try Self.client(server, time)
    let access = try AccessConfiguration(client: client, time: time, logger: logs.logger)
    let task = Task { await access.run() }
    try await eventually("it is told", within: .seconds(30)) {
      logs.all.contains { $0.contains("extension-apiserver-authentication-reader") }
    }
    #expect(!access.isLoaded && access.failure?.contains("403") == true)
    task.cancel()
    await task.value
    await client.shutdown()
    server.stop()
  }
}
