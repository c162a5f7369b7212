internal import NIOCore
internal import NIOHTTP1

/// Serves one HTTP/1 connection: collects parsed requests, asks the responder, writes answers in the order of the
/// requests. Comes last in the pipeline, after the request parser, whose output it takes; what it writes are bytes.
final class HTTP1Handler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  private let services: ConnectionServices
  private let watch: HTTP1Watch
  private let peer: ConnectionPeer?
  private var encoder = HTTP1ResponseEncoder()
  /// The head of the request that is coming in, as soon as there is one.
  private var incoming: Incoming?
  /// Requests that wait for the answer of an earlier one.
  private var queue: CircularBuffer<Work> = []
  private var isAnswerPending = false
  private var isClosing = false
  private var mustClose = false
  private var needsFlush = false
  private var isReading = false
  private var hasHeldRead = false

  /// - Parameter peer: the holder of the client certificate; nil when none was shown.
  init(services: ConnectionServices, watch: HTTP1Watch, peer: ConnectionPeer?) {
    self.services = services
    self.watch = watch
    self.peer = peer
  }

  // MARK: Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing, !mustClose else { return }
    isReading = true
    switch unwrapInboundIn(data) {
    case .head(let head):
      watch.headCompleted()
      let framing = HTTP1Framing(head)
      if let status = refusal(of: head, framing: framing) {
        refuse(status, context: context)
        return
      }
      if framing.expectsContinue, head.version == .http1_1, !isAnswerPending {
        context.writeAndFlush(
          wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
      }
      incoming = Incoming(head: head, mustClose: framing.mustClose)
    case .body(let bytes):
      if let status = incoming?.body.append(bytes, services: services) { refuse(status, context: context) }
    case .end:
      guard let request = incoming else { return }
      incoming = nil
      watch.requestCompleted()
      mustClose = mustClose || !request.keepsAlive
      take(.request(request), context: context)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    flushIfNeeded(context: context)
  }

  /// The answer that a request gets without being asked further, or nil.
  private func refusal(of head: HTTPRequestHead, framing: HTTP1Framing) -> Int? {
    if head.uri.utf8.count > services.limits.targetBytes { return 414 }
    // RFC 9112 section 3.2: exactly one Host in HTTP/1.1; HTTP/1.0 did not have it.
    if framing.hosts > 1 || (framing.hosts == 0 && (head.version.major, head.version.minor) >= (1, 1)) { return 400 }
    if services.isBodyTooLarge(contentLength: framing.contentLength) { return 413 }
    return nil
  }

  /// Answers after all earlier requests, and closes: what follows on the connection cannot be trusted.
  private func refuse(_ status: Int, context: ChannelHandlerContext) {
    incoming = nil
    mustClose = true
    watch.discardInput()
    watch.requestCompleted()
    take(.refusal(status), context: context)
  }

  // MARK: Answering

  private func take(_ work: Work, context: ChannelHandlerContext) {
    if isAnswerPending || !queue.isEmpty {
      queue.append(work)
    } else {
      answer(work, context: context)
    }
  }

  private func answer(_ work: Work, context: ChannelHandlerContext) {
    switch work {
    case .refusal(let status):
      let text = "\(status) \(HTTPResponse.reasonPhrase(status))\n"
      write(.text(text, status: status), to: nil, context: context)
    case .request(let incoming):
      let head = incoming.head
      let method = HTTPMethod(head.method)
      let asked = HTTPRequest(
        method: method, target: head.uri, fields: head.headers, body: incoming.body.bytes, peer: peer?.identity)
      guard let request = asked else {
        write(.text("400 Bad Request: the request target is malformed\n", status: 400), to: incoming, context: context)
        return
      }
      switch services.reply(to: request, from: peer) {
      case .now(let response): write(response, to: incoming, context: context)
      case .later(let makeResponse): answerLater(makeResponse, for: incoming, context: context)
      }
    }
  }

  private func answerLater(
    _ makeResponse: @escaping @Sendable () async -> HTTPResponse, for incoming: Incoming,
    context: ChannelHandlerContext
  ) {
    isAnswerPending = true
    let eventLoop = context.eventLoop
    let bound = NIOLoopBound((self, incoming, context), eventLoop: eventLoop)
    services.runLater {
      let response = await makeResponse()
      eventLoop.execute {
        let (handler, incoming, context) = bound.value
        handler.isAnswerPending = false
        guard context.channel.isActive else { return }
        handler.write(response, to: incoming, context: context)
        handler.answerQueue(context: context)
        handler.flushIfNeeded(context: context)
      }
    }
  }

  private func answerQueue(context: ChannelHandlerContext) {
    while !isAnswerPending, !isClosing, let next = queue.popFirst() {
      answer(next, context: context)
    }
    releaseRead(context: context)
  }

  private func write(_ response: HTTPResponse, to incoming: Incoming?, context: ChannelHandlerContext) {
    let isLast = (incoming?.keepsAlive != true || mustClose) && queue.isEmpty
    let connection: HTTP1ResponseEncoder.Connection =
      isLast ? .close : incoming?.head.version == .http1_0 ? .keepAliveOld : .keepAlive
    let buffer = encoder.encode(
      response, isHead: incoming?.head.method == .HEAD, connection: connection,
      secondsSinceEpoch: services.secondsSinceEpoch(), allocator: context.channel.allocator)
    watch.requestAnswered(at: context.eventLoop.now)
    context.write(wrapOutboundOut(buffer), promise: nil)
    needsFlush = true
    if isLast { closeAfterFlush(context: context, lingering: incoming == nil) }
  }

  private func flushIfNeeded(context: ChannelHandlerContext) {
    guard needsFlush, !isReading else { return }
    needsFlush = false
    context.flush()
  }

  // MARK: Closing

  /// After a refusal the client may still be sending; closing at once would make its system throw our answer away
  /// with a reset. So its bytes are dropped for a moment first.
  private func closeAfterFlush(context: ChannelHandlerContext, lingering: Bool) {
    guard !isClosing else { return }
    isClosing = true
    watch.discardInput()
    needsFlush = false
    context.flush()
    if lingering {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.eventLoop.scheduleTask(in: .milliseconds(300)) { bound.value.close(promise: nil) }
    } else {
      context.close(promise: nil)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let complaint as HTTP1Watch.Complaint:
      guard !isClosing, !mustClose else { return }
      switch complaint {
      case .requestTimedOut: refuse(408, context: context)
      case .targetTooLong: refuse(414, context: context)
      case .headTooLarge: refuse(431, context: context)
      }
    case is ChannelShouldQuiesceEvent:
      mustClose = true
      if !isAnswerPending, queue.isEmpty { closeAfterFlush(context: context, lingering: false) }
    default:
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else {
      // The transport is broken or TLS is: there is nobody to answer.
      isClosing = true
      context.close(promise: nil)
      return
    }
    guard !isClosing, !mustClose else { return }
    let status = error != .headerOverflow ? 400 : watch.isTargetTooLong ? 414 : 431
    refuse(status, context: context)
    flushIfNeeded(context: context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosing = true
    queue.removeAll()
    context.fireChannelInactive()
  }

  // MARK: Back pressure

  /// A client that sends faster than it takes answers, or while one is being worked out, is not read from.
  func read(context: ChannelHandlerContext) {
    if (isAnswerPending && !queue.isEmpty) || !context.channel.isWritable {
      hasHeldRead = true
    } else {
      context.read()
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    releaseRead(context: context)
    context.fireChannelWritabilityChanged()
  }

  private func releaseRead(context: ChannelHandlerContext) {
    if hasHeldRead, context.channel.isWritable, !isAnswerPending {
      hasHeldRead = false
      context.read()
    }
  }
}

extension HTTP1Handler {
  /// A request as it comes in.
  struct Incoming {
    var head: HTTPRequestHead
    var body = RequestBody()
    var keepsAlive: Bool

    init(head: HTTPRequestHead, mustClose: Bool) {
      self.head = head
      keepsAlive = head.isKeepAlive && !mustClose
    }
  }

  enum Work {
    case request(Incoming)
    /// An answer of our own with this status, after which the connection closes.
    case refusal(Int)
  }
}
