internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Questions

/// One connection: writes requests, gives the replies to them in order, and ends them all when the connection does.
final class PipelineHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let parser: ReplyParser
  private let silenceLimit: TimeAmount
  private let usesTLS: Bool
  /// Learns when TCP and TLS are up, and when the connection is of no more use.
  private weak let node: RedisNode?

  private var context: ChannelHandlerContext?
  private var queue = CircularBuffer<PipelineRequest>()
  private var lastReceived: NIODeadline?
  private(set) var isReady = false
  /// Requests answered in full so far: a connection that has answered was once in order.
  private var answered = 0
  private(set) var failure: PipelineFailure?

  init(parser: ReplyParser, silenceLimit: TimeAmount, usesTLS: Bool, node: RedisNode) {
    self.parser = parser
    self.silenceLimit = silenceLimit
    self.usesTLS = usesTLS
    self.node = node
  }

  /// Whether replies are owed and nothing has come for longer than the limit.
  func isStalled(at now: NIODeadline) -> Bool {
    guard let oldest = queue.first?.sentAt else { return false }
    let lastSign = lastReceived.map { max($0, oldest) } ?? oldest
    return now - lastSign >= silenceLimit
  }

  func send(_ request: PipelineRequest) {
    guard failure == nil, let context else {
      request.end(failure ?? PipelineFailure(.connectionLost, "the connection is closed", rest: .mayBeAskedAgain))
      return
    }
    request.sentAt = context.eventLoop.now
    queue.append(request)
    context.writeAndFlush(wrapOutboundOut(request.bytes), promise: nil)
  }

  /// Ends every request and closes the connection. The request at the head of the queue bears the failure; those behind
  /// it, and all of them when the connection had already served before, may be asked again.
  func breakOff(_ failure: PipelineFailure) {
    guard self.failure == nil else { return }
    self.failure = failure
    let ended = queue
    queue.removeAll()
    let served = answered > 0
    closeNow()
    let id = ObjectIdentifier(self)
    node?.assumeIsolated { $0.handlerBroke(id, failure) }
    for (position, request) in ended.enumerated() {
      var own = failure
      if position > 0 || (served && request.received == 0 && failure.code == .connectionLost) {
        own.rest = .mayBeAskedAgain
      }
      request.end(own)
    }
  }

  /// Closes without the TLS farewell, for which a hung peer would be waited for.
  private func closeNow() {
    guard let context else { return }
    if let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self) {
      tls.close(promise: nil)
    } else {
      context.close(promise: nil)
    }
  }

  // MARK: - ChannelInboundHandler

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    if !usesTLS { becomeReady() }
    context.fireChannelActive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent { becomeReady() }
    context.fireUserInboundEventTriggered(event)
  }

  private func becomeReady() {
    guard !isReady, failure == nil else { return }
    isReady = true
    let id = ObjectIdentifier(self)
    node?.assumeIsolated { $0.handlerIsReady(id) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard failure == nil else { return }
    lastReceived = context.eventLoop.now
    do throws(ReplyParser.Failure) {
      try parser.parse(unwrapInboundIn(data)) { reply, size in deliver(reply, size: size) }
    } catch {
      switch error {
      case .tooLarge:
        breakOff(PipelineFailure(.answerTooLarge, "a reply is larger than Swell reads", rest: .firstIsTooLarge))
      case .malformed(let text):
        breakOff(PipelineFailure(.malformedAnswer, "the answer is not of the Redis protocol: \(text)"))
      }
    }
  }

  private func deliver(_ reply: RedisReply, size: Int) {
    guard failure == nil else { return }
    // Comes unasked, before the server hangs up; it would be taken for the first command's reply.
    if case .error(let text) = reply, answered == 0, text.hasPrefix("ERR max number of clients") {
      breakOff(PipelineFailure(.connectionRefused, "connection refused: \(text)"))
      return
    }
    guard let request = queue.first else {
      breakOff(PipelineFailure(.malformedAnswer, "a reply came that nobody had asked for"))
      return
    }
    // Off the queue first: whoever learns of the last reply may close the connection at once.
    let isLast = request.received + 1 >= request.count
    if isLast {
      queue.removeFirst()
      answered += 1
    }
    let isWithinLimits = request.receive(reply, size: size)
    if !isLast, !isWithinLimits {
      breakOff(PipelineFailure(.answerTooLarge, "the replies to one batch are larger than Swell reads"))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    let isHandshaking = usesTLS && !isReady
    breakOff(
      isHandshaking
        ? PipelineFailure(.tlsFailed, "TLS handshake: the server closed the connection")
        : PipelineFailure(
          .connectionLost, "the server closed the connection\(queue.isEmpty ? "" : " before it had answered")"))
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    breakOff(ConnectionFailure.ofConnection(error))
  }
}
