import ExternalMetricsServer
import Foundation
import HTTPServing
import KubernetesAPI
import TestSupport
import Testing

/// Real clients against the HTTPS server.
@Suite struct ClientTests {
  private static let query = "?labelSelector=scaledobject.keda.sh%2Fname%3Dinference-worker"
  private static let metric = Asking.base + "/namespaces/ai-inference/s0-redis-streams-orders" + query

  @Test(.enabled("the kubectl program is needed") { await isInstalled("kubectl", ["version", "--client"]) })
  func kubectlGetsWhatItAsksFor() async throws {
    try await Self.serving { server, identity in
      let folder = try TemporaryFolder()
      let config = try folder.write(Self.kubeconfig(server, identity), to: "config")
      func kubectl(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let child = try await ChildProcess.start(
          "kubectl", ["--kubeconfig", config, "--request-timeout=20s"] + arguments,
          environment: ["HOME": folder.url.path])
        return (try await child.waitUntilExit(within: .seconds(60)), child.output)
      }
      let raw = try await kubectl(["get", "--raw", Self.metric])
      #expect(raw.status == 0, "\(raw.output)")
      let list = try JSONDecoder().decode(ClientMetricList.self, from: Data(raw.output.utf8))
      #expect(list.items.map(\.value) == ["500"])

      let missing = try await kubectl(["get", "--raw", Asking.base + "/namespaces/ai-inference/unknown" + Self.query])
      #expect(missing.status == 1)
      #expect(missing.output.contains("(NotFound)"))
      let bad = try await kubectl([
        "get", "--raw", Asking.base + "/namespaces/ai-inference/m?labelSelector=a%3D%3D%3Db",
      ])
      #expect(bad.output.contains("(BadRequest)"))
      let down = try await kubectl(
        [
          "get", "--raw",
          Asking.base + "/namespaces/ai-inference/s0-down?labelSelector=scaledobject.keda.sh%2Fname%3Dbroken",
        ])
      #expect(down.output.contains("connection refused"))

      let resources = try await kubectl(["api-resources", "--api-group=external.metrics.k8s.io"])
      #expect(resources.output.contains("externalmetrics"))
      let versions = try await kubectl(["api-versions"])
      #expect(versions.output.contains("external.metrics.k8s.io/v1beta1"))
      let version = try await kubectl(["version"])
      #expect(version.output.contains("Server Version: v1."))
    }
  }

  @Test(.enabled("the curl program is needed") { await isInstalled("curl", ["--version"]) })
  func curlGetsTheSameByEitherVersionOfHTTP() async throws {
    try await Self.serving { server, identity in
      let folder = try TemporaryFolder()
      let authority = try folder.write(identity.certificatePEM, to: "ca.crt")
      func curl(_ target: String, _ arguments: [String]) async throws -> String {
        let child = try await ChildProcess.start(
          "curl",
          ["-sS", "--max-time", "20", "--cacert", authority] + arguments
            + ["https://localhost:\(server.boundAddress.port)\(target)"])
        _ = try await child.waitUntilExit(within: .seconds(30))
        return child.output
      }
      for version in ["--http1.1", "--http2"] {
        let body = try await curl(Self.metric, [version])
        let list = try JSONDecoder().decode(ClientMetricList.self, from: Data(body.utf8))
        #expect(list.items.map(\.metricName) == ["s0-redis-streams-orders"])
        let head = try await curl(Self.metric, [version, "-I"])
        #expect(head.contains("content-length: \(body.utf8.count)"))
        let post = try await curl(Self.metric, [version, "-d", "x", "-i"])
        #expect(
          post.contains(" 405") && post.contains("allow: GET, HEAD") && post.contains(#""reason":"MethodNotAllowed""#))
        let zipped = try await curl(Self.metric, [version, "--compressed"])
        #expect(zipped == body)
      }
    }
  }

  private static func serving(_ body: (HTTPServer, TLSIdentity) async throws -> Void) async throws {
    let identity = try TLSIdentity.selfSigned()
    let server = try await HTTPServer.bind(
      HTTPServerConfiguration(host: "127.0.0.1", port: 0, identity: identity),
      responder: ExternalMetricsResponder(provider: TestMetrics(), isReady: { true }))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await server.run() }
      defer { group.cancelAll() }
      try await body(server, identity)
    }
  }

  private static func kubeconfig(_ server: HTTPServer, _ identity: TLSIdentity) -> String {
    """
    apiVersion: v1
    kind: Config
    clusters:
    - name: swell
      cluster:
        server: \(server.boundAddress)
        certificate-authority-data: \(Data(identity.certificatePEM.utf8).base64EncodedString())
    contexts:
    - name: swell
      context: {cluster: swell, user: nobody}
    current-context: swell
    users:
    - name: nobody
      user: {token: any}
    """
  }

  private static func isInstalled(_ program: String, _ arguments: [String]) async -> Bool {
    (try? await ChildProcess.start(program, arguments).waitUntilExit()) == 0
  }
}
