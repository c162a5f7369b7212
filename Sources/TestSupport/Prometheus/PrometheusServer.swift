/// A real Prometheus on a free port of 127.0.0.1, with its data in a folder that goes away with it. Stopped with the
/// object, or by `stop()`.
public final class PrometheusServer: Sendable {
  /// How the server is set up.
  public struct Options: Sendable {
    /// `host:port` of what it scrapes, as the job `test`.
    public var scrapes: [String] = []
    /// From scrape to scrape, and how long one may take: on a busy machine, one that takes a second fails.
    public var scrapeSeconds = 1
    /// Speak HTTPS, and HTTP/2 with it.
    public var certificates: TestCertificates?
    /// Name of the certificate files: `server`, or `elsewhere` for one of another host.
    public var certificateName = "server"
    public var requiresClientCertificate = false
    /// The port to use instead of a free one: to come back where another server was.
    public var port: Int?

    public init() {}
  }

  public static let host = "127.0.0.1"
  public let port: Int
  public let process: ChildProcess
  private let folder: TemporaryFolder

  /// Starts Prometheus and waits until it answers queries.
  public static func start(_ configure: (inout Options) -> Void = { _ in }) async throws -> PrometheusServer {
    var options = Options()
    configure(&options)
    var lastError: any Error = ChildProcess.Failed(description: "prometheus was not tried")
    for _ in 0..<3 {
      do { return try await startOnce(options) } catch { lastError = error }
    }
    throw lastError
  }

  private init(_ port: Int, _ process: ChildProcess, _ folder: TemporaryFolder) {
    self.port = port
    self.process = process
    self.folder = folder
  }

  /// Ends Prometheus. A second call does nothing.
  public func stop() async { await process.stop() }

  private static func startOnce(_ options: Options) async throws -> PrometheusServer {
    let folder = try TemporaryFolder("swell-prometheus")
    let port = try options.port ?? FreePort.next()
    try folder.write(configuration(options), to: "prometheus.yml")
    var arguments = [
      "--config.file=\(folder.path("prometheus.yml"))", "--storage.tsdb.path=\(folder.path("data"))",
      "--web.listen-address=\(host):\(port)",
    ]
    if let certificates = options.certificates {
      try folder.write(webConfiguration(options, certificates), to: "web.yml")
      arguments.append("--web.config.file=\(folder.path("web.yml"))")
    }
    let process = try await ChildProcess.start("prometheus", arguments)
    try await process.waitForOutput("Server is ready to receive web requests", within: .seconds(60))
    return PrometheusServer(port, process, folder)
  }

  private static func configuration(_ options: Options) -> String {
    let targets = options.scrapes.map { "\"\($0)\"" }.joined(separator: ", ")
    return """
      global: {scrape_interval: \(options.scrapeSeconds)s, scrape_timeout: \(options.scrapeSeconds)s}
      scrape_configs:
        - job_name: test
          static_configs: [{targets: [\(targets)]}]

      """
  }

  private static func webConfiguration(_ options: Options, _ certificates: TestCertificates) -> String {
    var lines = [
      "tls_server_config:", "  cert_file: \(certificates.path("\(options.certificateName).crt"))",
      "  key_file: \(certificates.path("\(options.certificateName).key"))",
    ]
    if options.requiresClientCertificate {
      lines += ["  client_ca_file: \(certificates.path("ca.crt"))", "  client_auth_type: RequireAndVerifyClientCert"]
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
