internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTP2
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS

/// Builds the pipeline of a new connection.
struct ConnectionSetup: Sendable {
  let services: ConnectionServices
  let registry: ConnectionRegistry
  let tls: TLSContextStore?

  struct Refused: Error {}

  /// Called on the connection's event loop.
  func prepare(_ channel: any Channel) throws {
    guard registry.admit(channel) else { throw Refused() }
    guard let tls else {
      try addHTTP1(to: channel)
      return
    }
    let pipeline = channel.pipeline.syncOperations
    let deadline = NIOLoopBound(
      HandshakeDeadline(timeout: services.limits.requestTimeout.timeAmount), eventLoop: channel.eventLoop)
    try pipeline.addHandler(NIOSSLServerHandler(context: tls.current))
    try pipeline.addHandler(deadline.value)
    try pipeline.addHandler(
      ApplicationProtocolNegotiationHandler { result, channel in
        channel.eventLoop.makeCompletedFuture {
          if case .negotiated("h2") = result {
            try addHTTP2(to: channel)
          } else {
            try addHTTP1(to: channel)
          }
          deadline.value.finish()
          channel.pipeline.syncOperations.removeHandler(deadline.value, promise: nil)
        }
      })
  }

  private func addHTTP1(to channel: any Channel) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = services.limits.headBytes
    limits.maxHeaderListSize = services.limits.headBytes
    limits.maxHeaderFieldCount = services.limits.headerFields
    let watch = HTTP1Watch(limits: services.limits)
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(watch)
    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
    try pipeline.addHandler(HTTP1Handler(services: services, watch: watch))
  }

  private func addHTTP2(to channel: any Channel) throws {
    let pipeline = channel.pipeline.syncOperations
    let manager = NIOHTTP2ServerConnectionManagementHandler(
      eventLoop: channel.eventLoop,
      configuration: .init(
        maxIdleTime: services.limits.idleTimeout.timeAmount, maxAge: nil,
        maxGraceTime: services.limits.shutdownGrace.timeAmount, keepalive: nil))
    var connection = NIOHTTP2Handler.ConnectionConfiguration()
    connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: services.limits.streamsPerConnection),
      HTTP2Setting(parameter: .maxHeaderListSize, value: services.limits.headBytes),
    ]
    let services = services
    let date = NIOLoopBoundBox(HTTPDate(), eventLoop: channel.eventLoop)
    let handler = NIOHTTP2Handler(
      mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connection,
      streamDelegate: manager.http2StreamDelegate
    ) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandler(HTTP2StreamHandler(services: services, date: date))
      }
    }
    try pipeline.addHandler(handler)
    try pipeline.addHandler(manager)
    // The connection has been active since before the handshake; the manager's idle clock starts only now.
    manager.channelActive(context: try pipeline.context(handler: manager))
    try pipeline.addHandler(ConnectionErrorCloser())
  }
}

/// Closes a connection whose TLS handshake does not end in time, or fails.
final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let timeout: TimeAmount
  private var timer: Scheduled<Void>?
  private var isFinished = false

  init(timeout: TimeAmount) {
    self.timeout = timeout
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: timeout) { bound.value.close(mode: .all, promise: nil) }
  }

  func finish() {
    isFinished = true
    timer?.cancel()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent, !isFinished {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if isFinished {
      context.fireErrorCaught(error)
    } else {
      timer?.cancel()
      context.close(promise: nil)
    }
  }
}

/// Ends an HTTP/2 connection that broke the protocol; the HTTP/2 handler has told the peer by then.
final class ConnectionErrorCloser: ChannelInboundHandler {
  typealias InboundIn = Any

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is NIOHTTP2Errors.StreamError { return }
    context.close(promise: nil)
  }
}
