internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// The connections to the API server: some for requests, others for watches.
final class Transport: Sendable {
  /// Where the URL of a request begins; names the host as its certificate does.
  let base: String
  /// Set when it differs from the URL's host.
  let hostHeader: String?
  let requests: ConnectionPools
  /// For renewing the Lease, apart from everything that may pile up.
  let election: HTTPClient
  let watches: ConnectionPools

  /// - Parameter limit: requests under way at the same time.
  init(_ access: ClusterAccess, limit: Int) throws(KubernetesError) {
    let tls = access.server.isTLS ? try access.tlsConfiguration() : nil
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(connect: .seconds(5)),
      connectionPool: .init(idleTimeout: .seconds(85), concurrentHTTP1ConnectionsPerHostSoftLimit: limit),
      proxy: access.proxy.map(HTTPClient.Configuration.Proxy.init))
    // A refused connection is told at once; whoever asked decides about trying again.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.http1_1ConnectionDebugInitializer = Self.noticeDeadPeers
    configuration.http2ConnectionDebugInitializer = Self.noticeDeadPeers
    if let name = access.tls.serverName, name != access.server.host {
      configuration.dnsOverride = [name: access.server.host]
      base = access.server.url(host: name)
      hostHeader = access.server.hostAndPort
    } else {
      base = access.server.description
      hostHeader = nil
    }

    // A request that is given up ends its HTTP/1.1 connection, so that the next one does not go to a server that has
    // stopped answering; and none waits for another's bytes.
    var forRequests = configuration
    forRequests.httpVersion = .http1Only
    let requestConfiguration = forRequests
    requests = ConnectionPools(streamsPerPool: .max) { Self.client(requestConfiguration) }
    election = Self.client(requestConfiguration)
    // Watches are many and quiet: HTTP/2 has them share connections.
    var forWatches = configuration
    forWatches.httpVersion = .automatic
    forWatches.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = ConnectionPools.watchesPerConnection
    let watchConfiguration = forWatches
    watches = ConnectionPools(streamsPerPool: ConnectionPools.watchesPerConnection) {
      Self.client(watchConfiguration)
    }
  }

  func shutdown() async {
    await requests.shutdown()
    try? await election.shutdown()
    await watches.shutdown()
  }

  /// For owners that forgot to shut down: an HTTP client must not go while its connections are open.
  func abandon() {
    requests.abandon()
    election.shutdown { _ in }
    watches.abandon()
  }

  private static func client(_ configuration: HTTPClient.Configuration) -> HTTPClient {
    HTTPClient(eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
  }

  /// A peer that vanished without a word is noticed in half a minute, also on a connection that only listens.
  @Sendable private static func noticeDeadPeers(_ channel: any Channel) -> EventLoopFuture<Void> {
    #if os(Linux)
      let options: [(ChannelOptions.Types.SocketOption, ChannelOptions.Types.SocketOption.Value)] = [
        (.init(level: .tcp, name: .init(rawValue: TCP_KEEPIDLE)), 15),
        (.init(level: .tcp, name: .init(rawValue: TCP_KEEPINTVL)), 5),
        (.init(level: .tcp, name: .init(rawValue: TCP_KEEPCNT)), 3),
        (.init(level: .tcp, name: .init(rawValue: tcpUserTimeout)), 30_000),
        (.init(level: .socket, name: .so_keepalive), 1),
      ]
    #else
      let options: [(ChannelOptions.Types.SocketOption, ChannelOptions.Types.SocketOption.Value)] = [
        (.init(level: .socket, name: .so_keepalive), 1)
      ]
    #endif
    let set = options.map { channel.setOption($0.0, value: $0.1) }
    return EventLoopFuture.andAllComplete(set, on: channel.eventLoop)
  }

  /// TCP_USER_TIMEOUT of Linux, in milliseconds: how long sent bytes may stay unacknowledged.
  private static let tcpUserTimeout: CInt = 18
}
