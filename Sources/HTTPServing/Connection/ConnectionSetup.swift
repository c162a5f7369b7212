internal import NIOCore
internal import NIOHTTP1
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
      try addHTTP1(to: channel, peer: nil)
      return
    }
    let pipeline = channel.pipeline.syncOperations
    let deadline = NIOLoopBound(
      HandshakeDeadline(timeout: services.limits.requestTimeout.timeAmount), eventLoop: channel.eventLoop)
    let shown = NIOLoopBound(ShownCertificates(), eventLoop: channel.eventLoop)
    try pipeline.addHandler(makeTLSHandler(tls, shown: shown.value))
    try pipeline.addHandler(deadline.value)
    try pipeline.addHandler(
      ApplicationProtocolNegotiationHandler { result, channel in
        // What comes meanwhile is held back by the handler.
        let ready = peer(of: channel, tls: tls, shown: shown.value).flatMapThrowing { peer in
          let peer = peer.value
          if case .negotiated("h2") = result {
            try addHTTP2(to: channel, peer: peer)
          } else {
            try addHTTP1(to: channel, peer: peer)
          }
          deadline.value.finish()
          channel.pipeline.syncOperations.removeHandler(deadline.value, promise: nil)
        }
        ready.whenFailure { _ in channel.close(promise: nil) }
        return ready
      })
  }

  private func makeTLSHandler(_ tls: TLSContextStore, shown: ShownCertificates) -> NIOSSLServerHandler {
    guard tls.clientAuthorities != nil else { return NIOSSLServerHandler(context: tls.current) }
    // The handshake takes every certificate: TLS has proven the key, and who vouches is a question for later.
    return NIOSSLServerHandler(
      context: tls.current,
      customVerificationCallback: { chain, promise in
        shown.chain = chain
        promise.succeed(.certificateVerified)
      })
  }

  /// Who shook hands; nil when no certificate was asked for or shown.
  private func peer(
    of channel: any Channel, tls: TLSContextStore, shown: ShownCertificates
  ) -> EventLoopFuture<NIOLoopBound<ConnectionPeer?>> {
    let eventLoop = channel.eventLoop
    guard let authorities = tls.clientAuthorities,
      let certificate = ClientCertificate(chain: shown.der(of: channel))
    else { return eventLoop.makeSucceededFuture(NIOLoopBound(nil, eventLoop: eventLoop)) }
    let generation = authorities.generation
    let promise = eventLoop.makePromise(of: NIOLoopBound<ConnectionPeer?>.self)
    let (services, settler) = (services, PromiseSettler(promise))
    services.runLater {
      let identity = await certificate.identity(known: authorities, at: services.secondsSinceEpoch())
      eventLoop.execute {
        let peer = ConnectionPeer(
          identity, of: certificate, authorities: authorities, generation: generation,
          clock: services.secondsSinceEpoch, eventLoop: eventLoop)
        settler.promise.succeed(NIOLoopBound(peer, eventLoop: eventLoop))
      }
    }
    return promise.futureResult
  }

  private func addHTTP1(to channel: any Channel, peer: ConnectionPeer?) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = services.limits.headBytes
    limits.maxHeaderListSize = services.limits.headBytes
    limits.maxHeaderFieldCount = services.limits.headerFields
    let watch = HTTP1Watch(limits: services.limits)
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(watch)
    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
    try pipeline.addHandler(HTTP1Handler(services: services, watch: watch, peer: peer))
  }
}

/// Fails a promise when the job that was to fulfil it is dropped, as happens when a server stops.
final class PromiseSettler<Value: Sendable>: Sendable {
  let promise: EventLoopPromise<Value>

  init(_ promise: EventLoopPromise<Value>) {
    self.promise = promise
  }

  deinit {
    promise.fail(ConnectionSetup.Refused())
  }
}

/// The certificates that came in a TLS handshake.
final class ShownCertificates {
  var chain: [NIOSSLCertificate] = []

  /// The chain as DER, the client's own first. A resumed session has no chain, but the library keeps the client's own.
  func der(of channel: any Channel) -> [[UInt8]] {
    if chain.isEmpty, let own = try? channel.pipeline.syncOperations.nioSSL_peerCertificate() { chain = [own] }
    return chain.compactMap { try? $0.toDERBytes() }
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
