internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A small HTTP server for answers that are in memory: HTTPS with HTTP/2 and HTTP/1.1, or plain HTTP/1.1.
///
/// A request is parsed, answered and written on the event loop that read it: one read and one write to the system a
/// request, and no change of thread. What has to wait for something runs as a child task of ``run()``.
///
/// ```swift
/// let server = try await HTTPServer.bind(configuration, responder: responder)
/// log(server.boundAddress)
/// await server.run()   // until its task is cancelled or beginShutdown() is called
/// ```
public final class HTTPServer: Sendable {
  /// Where the server listens.
  public let boundAddress: HTTPServerAddress

  private let listener: any Channel
  private let registry: ConnectionRegistry
  private let tls: TLSContextStore?
  private let limits: HTTPLimits
  private let jobs: AsyncStream<@Sendable () async -> Void>
  private let finishJobs: @Sendable () -> Void

  private init(
    address: HTTPServerAddress, listener: any Channel, setup: ConnectionSetup,
    jobs: AsyncStream<@Sendable () async -> Void>, finishJobs: @escaping @Sendable () -> Void
  ) {
    boundAddress = address
    self.listener = listener
    registry = setup.registry
    tls = setup.tls
    limits = setup.services.limits
    self.jobs = jobs
    self.finishJobs = finishJobs
  }

  /// Starts listening. Answers from memory are given from here on; those that have to wait, once ``run()`` runs.
  ///
  /// - Throws: ``HTTPServerError``: the address is taken or not ours, or the identity is bad.
  public static func bind(
    _ configuration: HTTPServerConfiguration, responder: any HTTPResponder
  ) async throws(HTTPServerError) -> HTTPServer {
    let tls: TLSContextStore? =
      if let identity = configuration.identity {
        try TLSContextStore(
          identity, minimumVersion: configuration.tlsMinimumVersion,
          clientAuthorities: configuration.clientAuthorities)
      } else {
        nil
      }
    guard (0...65_535).contains(configuration.port) else {
      throw HTTPServerError(code: .cannotListen, message: "port \(configuration.port): give 0 to 65535")
    }
    let (jobs, continuation) = AsyncStream.makeStream(of: (@Sendable () async -> Void).self)
    let services = ConnectionServices(
      responder: responder, limits: configuration.limits, secondsSinceEpoch: configuration.secondsSinceEpoch,
      runLater: { continuation.yield($0) })
    let registry = ConnectionRegistry(limit: configuration.limits.connections)
    let setup = ConnectionSetup(services: services, registry: registry, tls: tls)
    do {
      let group: any EventLoopGroup = configuration.eventLoops ?? MultiThreadedEventLoopGroup.singleton
      let listener = try await bootstrap(group, setup: setup)
        .bind(host: configuration.host, port: configuration.port).get()
      let address = HTTPServerAddress(
        host: listener.localAddress?.ipAddress ?? configuration.host,
        port: listener.localAddress?.port ?? configuration.port, isSecure: tls != nil)
      return HTTPServer(
        address: address, listener: listener, setup: setup, jobs: jobs, finishJobs: { continuation.finish() })
    } catch {
      throw HTTPServerError(cannotListenOn: configuration.host, port: configuration.port, cause: error)
    }
  }

  private static func bootstrap(_ group: any EventLoopGroup, setup: ConnectionSetup) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try setup.prepare(channel) }
      }
  }

  /// Open connections now.
  public var connectionCount: Int { registry.count }

  /// New connections get this certificate; open ones keep theirs. Does nothing for plain HTTP.
  ///
  /// - Throws: ``HTTPServerError`` when the certificate and key do not go together; the old ones stay.
  public func replaceIdentity(_ identity: TLSIdentity) throws(HTTPServerError) {
    try tls?.replace(with: identity)
  }

  /// Serves until its task is cancelled or ``beginShutdown()`` is called, then closes everything: answers under way
  /// get ``HTTPLimits/shutdownGrace`` (not when cancelled: then they are cancelled too). To be called once.
  public func run() async {
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        for await job in jobs { group.addTask { await job() } }
      }
    } onCancel: {
      beginShutdown()
    }
    beginShutdown()
    try? await listener.closeFuture.get()
    for channel in registry.open { try? await channel.closeFuture.get() }
  }

  /// Stops listening, lets answers under way finish for ``HTTPLimits/shutdownGrace``, then ends every connection and
  /// so ``run()``. May be called from anywhere and more than once.
  public func beginShutdown() {
    guard let channels = registry.beginClosing() else { return }
    listener.close(promise: nil)
    for channel in channels {
      channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
    let (registry, finishJobs) = (registry, finishJobs)
    let closed = EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: listener.eventLoop)
    closed.whenComplete { _ in finishJobs() }
    listener.eventLoop.scheduleTask(in: limits.shutdownGrace.timeAmount) {
      for channel in registry.open { channel.close(promise: nil) }
    }
  }
}

/// Where a server listens.
public struct HTTPServerAddress: Hashable, Sendable, CustomStringConvertible {
  public var host: String
  public var port: Int
  public var isSecure: Bool

  public init(host: String, port: Int, isSecure: Bool) {
    self.host = host
    self.port = port
    self.isSecure = isSecure
  }

  /// `https://127.0.0.1:6443`
  public var description: String {
    "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
