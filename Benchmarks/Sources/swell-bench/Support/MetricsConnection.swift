internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// One HTTPS keep-alive connection to the metrics API. The certificate is not checked: it was made a moment ago.
final class MetricsConnection: Sendable {
  private let channel: any Channel

  static func open(port: Int) async throws -> MetricsConnection {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    let context = try NIOSSLContext(configuration: configuration)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(StatusHandler())
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return MetricsConnection(channel)
  }

  private init(_ channel: any Channel) { self.channel = channel }

  /// The status of the answer. Several may be under way: the server answers in order.
  func status(of path: String) async throws -> Int {
    let promise = channel.eventLoop.makePromise(of: Int.self)
    channel.write(StatusHandler.Request(path: path, promise: promise)).cascadeFailure(to: promise)
    channel.flush()
    return try await promise.futureResult.get()
  }

  func close() async { try? await channel.close() }
}

private final class StatusHandler: ChannelDuplexHandler {
  struct Request {
    var path: String
    var promise: EventLoopPromise<Int>
  }

  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = Request
  typealias OutboundOut = HTTPClientRequestPart

  private var waiting = CircularBuffer<EventLoopPromise<Int>>()
  private var status = 0

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let request = unwrapOutboundIn(data)
    guard context.channel.isActive else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    waiting.append(request.promise)
    let head = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: request.path,
      headers: ["host": "127.0.0.1", "accept": "application/json"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): status = Int(head.status.code)
    case .body: break
    case .end: waiting.popFirst()?.succeed(status)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    for promise in waiting { promise.fail(ChannelError.eof) }
    waiting.removeAll()
  }
}
