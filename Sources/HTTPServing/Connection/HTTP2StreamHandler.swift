internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP1
internal import NIOHTTP2

/// Serves one HTTP/2 stream: one request, one answer.
final class HTTP2StreamHandler: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  private let services: ConnectionServices
  private let date: NIOLoopBoundBox<HTTPDate>
  private let peer: ConnectionPeer?
  private let answers: HTTP2Answers
  private var request: HPACKHeaders?
  private var body = RequestBody()
  private var isRequestComplete = false
  private var isAnswered = false
  private var requestTimer: Scheduled<Void>?

  /// - Parameters:
  ///   - date: the connection's, so that it is made once a second and not once a stream.
  ///   - peer: the holder of the connection's client certificate; nil when none was shown.
  ///   - answers: those of the connection.
  init(
    services: ConnectionServices, date: NIOLoopBoundBox<HTTPDate>, peer: ConnectionPeer?, answers: HTTP2Answers
  ) {
    self.services = services
    self.date = date
    self.peer = peer
    self.answers = answers
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isAnswered else { return }
    switch unwrapInboundIn(data) {
    case .headers(let frame):
      if request == nil { request = frame.headers }
      if frame.endStream {
        answer(context: context)
      } else if services.isBodyTooLarge(contentLength: frame.headers.first(name: "content-length")) {
        refuse(413, context: context)
      } else if requestTimer == nil {
        startTimer(context: context)
      }
    case .data(let frame):
      guard case .byteBuffer(let piece) = frame.data else { return }
      if let status = body.append(piece, services: services) {
        refuse(status, context: context)
      } else if frame.endStream {
        answer(context: context)
      }
    default:
      break
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    isAnswered = true
    requestTimer?.cancel()
    answers.remove(context.channel)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func startTimer(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    requestTimer = context.eventLoop.scheduleTask(in: services.limits.requestTimeout.timeAmount) {
      let (handler, context) = bound.value
      handler.refuse(408, context: context)
    }
  }

  private func answer(context: ChannelHandlerContext) {
    isRequestComplete = true
    requestTimer?.cancel()
    let method = HTTPMethod(request?.first(name: ":method") ?? "")
    guard let headers = request, let target = headers.first(name: ":path"),
      target.utf8.count <= services.limits.targetBytes
    else {
      refuse(request?.contains(name: ":path") == true ? 414 : 400, context: context)
      return
    }
    let fields = headers.lazy.filter { !$0.name.hasPrefix(":") }.map { ($0.name, $0.value) }
    let asked = HTTPRequest(
      method: method, target: target, fields: HTTPHeaders(Array(fields)), body: body.bytes, peer: peer?.identity)
    guard let request = asked else {
      refuse(400, context: context)
      return
    }
    switch services.reply(to: request, from: peer) {
    case .now(let response):
      write(response, isHead: method == .head, context: context)
    case .later(let makeResponse):
      let eventLoop = context.eventLoop
      let bound = NIOLoopBound((self, context), eventLoop: eventLoop)
      services.runLater {
        let response = await makeResponse()
        eventLoop.execute {
          let (handler, context) = bound.value
          handler.write(response, isHead: method == .head, context: context)
        }
      }
    }
  }

  /// Answers before the request has come in full, and tells the client to stop sending the rest.
  private func refuse(_ status: Int, context: ChannelHandlerContext) {
    guard !isAnswered else { return }
    // Only after the answer has left: a reset takes back what waits to be sent.
    let answered = context.eventLoop.makePromise(of: Void.self)
    if !isRequestComplete {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      answered.futureResult.whenSuccess {
        let context = bound.value
        context.writeAndFlush(Self.wrapOutboundOut(.rstStream(.noError)), promise: nil)
      }
    }
    write(
      .text("\(status) \(HTTPResponse.reasonPhrase(status))\n", status: status), isHead: false, context: context,
      promise: answered)
  }

  private func write(
    _ response: HTTPResponse, isHead: Bool, context: ChannelHandlerContext, promise: EventLoopPromise<Void>? = nil
  ) {
    guard !isAnswered else { return }
    isAnswered = true
    requestTimer?.cancel()
    var headers = HPACKHeaders()
    headers.reserveCapacity(4 + response.headers.count)
    headers.add(name: ":status", value: String(response.status))
    headers.add(name: "content-type", value: response.contentType)
    headers.add(name: "content-length", value: String(response.body.count))
    headers.add(name: "date", value: date.value.string(secondsSinceEpoch: services.secondsSinceEpoch()))
    for header in response.headers where HTTPResponse.isOneLine(header) {
      headers.add(name: header.name.lowercased(), value: header.value)
    }
    answers.add(context.channel)
    let hasBody = !isHead && !response.body.isEmpty
    context.write(
      wrapOutboundOut(.headers(.init(headers: headers, endStream: !hasBody))), promise: hasBody ? nil : promise)
    if hasBody {
      let body = context.channel.allocator.buffer(bytes: response.body)
      context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(body), endStream: true))), promise: promise)
    }
    context.flush()
  }
}
