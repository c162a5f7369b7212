internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import Synchronization

/// The server's port: HTTPS with HTTP/1.1 and HTTP/2, and client certificates for those who have one.
final class Listener: Sendable {
  private struct State {
    var server: (any Channel)?
    var port = 0
    var connections: [ObjectIdentifier: any Channel] = [:]
  }

  private let state = Mutex(State())
  private let context: NIOSSLContext
  private let api: APIHandler
  private let authority: TestAuthority

  init(api: APIHandler, authority: TestAuthority, identity: TestAuthority.Identity, allowsHTTP2: Bool) throws {
    self.api = api
    self.authority = authority
    let chain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
    let key = try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.applicationProtocols = allowsHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.certificatePEM.utf8)))
    configuration.certificateVerification = .optionalVerification
    context = try NIOSSLContext(configuration: configuration)
  }

  var port: Int { state.withLock { $0.port } }

  /// Binds the port, the same as before after `close`.
  func open() async throws {
    let wanted = port
    var lastError: (any Error)?
    for _ in 0..<50 {
      do {
        let channel = try await bootstrap().bind(host: "127.0.0.1", port: wanted).get()
        state.withLock { state in
          state.server = channel
          state.port = channel.localAddress?.port ?? 0
        }
        return
      } catch {
        lastError = error
        try await ContinuousClock().sleep(for: .milliseconds(100))
      }
    }
    if let lastError { throw lastError }
  }

  /// Connections are refused, and those that are open reset.
  func close() async {
    let server = state.withLock { state in
      defer { state.server = nil }
      return state.server
    }
    try? await server?.close().get()
    cutConnections()
  }

  func cutConnections() {
    for channel in state.withLock({ Array($0.connections.values) }) {
      channel.eventLoop.execute { ConnectionHandler.reset(channel) }
    }
  }

  private func bootstrap() -> ServerBootstrap {
    ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 512)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { [self] channel in prepare(channel) }
  }

  private func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
    let id = ObjectIdentifier(channel)
    state.withLock { $0.connections[id] = channel }
    channel.closeFuture.whenComplete { [weak self] _ in
      self?.state.withLock { $0.connections[id] = nil }
    }
    let api = api
    let context = context
    let authority = authority
    return channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      // Every certificate is taken here: who it makes the client is judged with the request.
      try pipeline.addHandler(
        NIOSSLServerHandler(context: context) { _, promise in promise.succeed(.certificateVerified) })
      try pipeline.addHandler(
        ApplicationProtocolNegotiationHandler { result, channel in
          channel.eventLoop.makeCompletedFuture {
            let certificate = try Self.certificate(of: channel, authority)
            if case .negotiated("h2") = result {
              try Self.addHTTP2(to: channel, api, certificate)
            } else {
              try channel.pipeline.syncOperations.configureHTTPServerPipeline()
              try channel.pipeline.syncOperations.addHandler(
                ConnectionHandler(api: api, connection: channel, certificate: certificate))
            }
          }
        })
    }
  }

  private static func certificate(of channel: any Channel, _ authority: TestAuthority) throws -> PeerCertificate? {
    guard let certificate = try channel.pipeline.syncOperations.nioSSL_peerCertificate() else { return nil }
    return authority.peer(ofDER: try certificate.toDERBytes())
  }

  private static func addHTTP2(
    to channel: any Channel, _ api: APIHandler, _ certificate: PeerCertificate?
  ) throws {
    var configuration = NIOHTTP2Handler.ConnectionConfiguration()
    configuration.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: 250),
      HTTP2Setting(parameter: .maxHeaderListSize, value: 65_536),
    ]
    // An API server bears clients that end one stream after the other. curl does so whenever it sees the end of a body
    // before that of its stream; the default, 200 in 30 s, ended the connection.
    var streams = NIOHTTP2Handler.StreamConfiguration()
    streams.streamResetFrameRateLimit.maximumCount = 10_000
    streams.streamResetFrameRateLimit.windowLength = .seconds(1)
    _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
      mode: .server, connectionConfiguration: configuration, streamConfiguration: streams
    ) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
        try stream.pipeline.syncOperations.addHandler(
          ConnectionHandler(api: api, connection: channel, certificate: certificate))
      }
    }
  }
}
