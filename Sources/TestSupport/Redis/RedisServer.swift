internal import Foundation

/// A private redis-server on a free port of 127.0.0.1, without persistence. Stopped with the object, or by `stop()`.
public final class RedisServer: Sendable {
  public struct Options: Sendable {
    /// `requirepass`.
    public var password: String?
    /// ACL rules, one line each: `reader on >secret ~* +@read`.
    public var users: [String] = []
    /// Serve TLS on `tlsPort`, with the server certificate of these.
    public var certificates: TestCertificates?
    /// Name of the certificate files: `server`, or `elsewhere` for one of another host.
    public var certificateName = "server"
    public var requiresClientCertificate = false
    public var isClusterNode = false
    /// Further settings, as in redis.conf: `["maxclients", "5"]`.
    public var settings: [[String]] = []
    /// The port to use instead of a free one: to come back where another server was.
    public var port: Int?

    public init() {}
  }

  public static let host = "127.0.0.1"
  public let port: Int
  /// Where TLS is spoken; nil without certificates.
  public let tlsPort: Int?
  public let options: Options
  public let process: ChildProcess
  private let folder: TemporaryFolder

  public static func start(_ configure: (inout Options) -> Void = { _ in }) async throws -> RedisServer {
    var options = Options()
    configure(&options)
    var lastError: any Error = ChildProcess.Failed(description: "redis-server was not tried")
    for _ in 0..<3 {
      do { return try await startOnce(options) } catch { lastError = error }
    }
    throw lastError
  }

  private static func startOnce(_ options: Options) async throws -> RedisServer {
    let folder = try TemporaryFolder("swell-redis")
    let port = try options.port ?? FreePort.next()
    let tlsPort = try options.certificates == nil ? nil : FreePort.next()
    try folder.write(configuration(options, port: port, tlsPort: tlsPort, folder: folder), to: "redis.conf")
    let process = try await ChildProcess.start("redis-server", [folder.path("redis.conf")])
    try await process.waitForOutput("Ready to accept connections")
    return RedisServer(port, tlsPort, options, process, folder)
  }

  private static func configuration(
    _ options: Options, port: Int, tlsPort: Int?, folder: TemporaryFolder
  ) throws -> String {
    var lines = [
      "bind \(host)", "port \(port)", "dir \(folder.url.path)", "save \"\"", "appendonly no", "daemonize no",
    ]
    if let password = options.password { lines.append("requirepass \(password)") }
    lines += options.users.map { "user \($0)" }
    if let certificates = options.certificates, let tlsPort {
      lines += [
        "tls-port \(tlsPort)", "tls-ca-cert-file \(certificates.path("ca.crt"))",
        "tls-cert-file \(certificates.path(options.certificateName + ".crt"))",
        "tls-key-file \(certificates.path(options.certificateName + ".key"))",
        "tls-auth-clients \(options.requiresClientCertificate ? "yes" : "no")",
      ]
    }
    if options.isClusterNode {
      lines += [
        "cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 2000",
        "cluster-port \(try FreePort.next())", "cluster-require-full-coverage no",
      ]
    }
    lines += options.settings.map { $0.joined(separator: " ") }
    return lines.joined(separator: "\n") + "\n"
  }

  private init(_ port: Int, _ tlsPort: Int?, _ options: Options, _ process: ChildProcess, _ folder: TemporaryFolder) {
    self.port = port
    self.tlsPort = tlsPort
    self.options = options
    self.process = process
    self.folder = folder
  }

  /// `127.0.0.1:6379`, as triggers name it.
  public var address: String { "\(Self.host):\(port)" }

  /// For commands of the test itself; speaks plainly, and as the default user.
  public var commander: RedisCommander { RedisCommander(port: port, password: options.password) }

  /// Runs setup commands in order; throws at the first that the server refuses.
  @discardableResult
  public func run(_ commands: [[String]]) async throws -> [RESPValue] { try await commander.run(commands) }

  /// Runs one command given as words.
  @discardableResult
  public func run(_ words: String...) async throws -> RESPValue { try await commander.run([words]).first ?? .null }

  /// How many clients are connected, the one who asks not counted.
  public func clients() async throws -> Int {
    let list = try await run("CLIENT", "LIST", "TYPE", "normal").text ?? ""
    return list.split(separator: "\n").count { !$0.contains("cmd=client|list") }
  }

  public func stop() async { await process.stop() }

  /// Ends the server as a crash would.
  public func crash() async {
    process.send(signal: SIGKILL)
    try? await eventually("redis-server is gone", within: .seconds(5)) { !process.isRunning }
  }

  /// Keeps the server from answering, until `thaw`.
  public func freeze() { process.send(signal: SIGSTOP) }
  public func thaw() { process.send(signal: SIGCONT) }
}
