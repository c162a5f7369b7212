internal import Foundation

/// A master, a replica, and Sentinels that watch them and fail over within seconds.
public final class RedisSentinels: Sendable {
  public static let masterName = "mymaster"

  public let servers: [RedisServer]
  public let sentinels: [Sentinel]

  /// One redis-sentinel.
  public struct Sentinel: Sendable {
    public let port: Int
    public let process: ChildProcess
    let folder: TemporaryFolder
    let password: String?

    public var commander: RedisCommander { RedisCommander(port: port, password: password) }
  }

  /// - Parameters:
  ///   - password: of the servers.
  ///   - sentinelPassword: of the Sentinels themselves.
  public static func start(
    sentinels count: Int = 3, password: String? = nil, sentinelPassword: String? = nil
  ) async throws -> RedisSentinels {
    let master = try await RedisServer.start {
      $0.password = password
      if let password { $0.settings = [["masterauth", password]] }
    }
    let replica = try await RedisServer.start {
      $0.password = password
      $0.settings = [["replicaof", RedisServer.host, "\(master.port)"], ["repl-diskless-sync-delay", "0"]]
      if let password { $0.settings.append(["masterauth", password]) }
    }
    try await eventually("the replica follows", within: .seconds(30)) {
      try await replica.run("INFO", "replication").text?.contains("master_link_status:up") == true
    }
    var sentinels: [Sentinel] = []
    for _ in 0..<count {
      sentinels.append(try await sentinel(of: master, quorum: count / 2 + 1, password: password, own: sentinelPassword))
    }
    let all = RedisSentinels([master, replica], sentinels)
    try await all.waitUntilReady()
    return all
  }

  private static func sentinel(
    of master: RedisServer, quorum: Int, password: String?, own: String?
  ) async throws -> Sentinel {
    let folder = try TemporaryFolder("swell-sentinel")
    let port = try FreePort.next()
    var lines = [
      "bind \(RedisServer.host)", "port \(port)", "dir \(folder.url.path)",
      "sentinel monitor \(masterName) \(RedisServer.host) \(master.port) \(quorum)",
      "sentinel down-after-milliseconds \(masterName) 1000", "sentinel failover-timeout \(masterName) 5000",
    ]
    if let password { lines.append("sentinel auth-pass \(masterName) \(password)") }
    if let own { lines += ["requirepass \(own)", "sentinel sentinel-pass \(own)"] }
    try folder.write(lines.joined(separator: "\n") + "\n", to: "sentinel.conf")
    let process = try await ChildProcess.start("redis-server", [folder.path("sentinel.conf"), "--sentinel"])
    try await process.waitForOutput("+monitor master")
    return Sentinel(port: port, process: process, folder: folder, password: own)
  }

  private init(_ servers: [RedisServer], _ sentinels: [Sentinel]) {
    self.servers = servers
    self.sentinels = sentinels
  }

  /// Waits until every Sentinel knows the replica and the other Sentinels.
  private func waitUntilReady() async throws {
    for sentinel in sentinels {
      try await eventually("the sentinels know each other", within: .seconds(30)) {
        guard
          case .array(let items) = try await sentinel.commander.run("SENTINEL", "MASTER", Self.masterName),
          let replicas = Self.value("num-slaves", in: items), let others = Self.value("num-other-sentinels", in: items)
        else { return false }
        return replicas == "1" && others == "\(sentinels.count - 1)"
      }
    }
  }

  private static func value(_ field: String, in items: [RESPValue]) -> String? {
    guard let index = items.firstIndex(of: .string(field)), index + 1 < items.count else { return nil }
    return items[index + 1].text
  }

  /// The master now, in the Sentinels' eyes.
  public func master() async throws -> RedisServer {
    for sentinel in sentinels where sentinel.process.isRunning {
      guard
        case .array(let items) = try await sentinel.commander.run(
          "SENTINEL", "get-master-addr-by-name", Self.masterName), items.count == 2,
        let server = servers.first(where: { "\($0.port)" == items[1].text })
      else { continue }
      return server
    }
    throw ChildProcess.Failed(description: "no sentinel names a master")
  }

  public func stop() async {
    for sentinel in sentinels { await sentinel.process.stop() }
    for server in servers { await server.stop() }
  }
}
