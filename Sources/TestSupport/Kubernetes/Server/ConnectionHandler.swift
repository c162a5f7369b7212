internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Reads requests of one HTTP/1.1 connection, or of one HTTP/2 stream, and writes what the API answers.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let api: APIHandler
  /// The TCP connection: what a cut cuts.
  private let connection: any Channel
  private let certificate: PeerCertificate?
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var task: Task<Void, Never>?
  private var stream: WatchStream?

  init(
    api: APIHandler, connection: any Channel, certificate: PeerCertificate?
  ) {
    self.api = api
    self.connection = connection
    self.certificate = certificate
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let buffer): body += Array(buffer.readableBytesView)
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    var headers: [String: String] = [:]
    for header in head.headers { headers[header.name.lowercased()] = header.value }
    var request = APIRequest(method: head.method.rawValue, uri: head.uri, headers: headers, body: body)
    request.certificate = certificate
    body = []
    let api = api
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let keepsAlive = head.isKeepAlive
    let isHead = head.method == .HEAD
    task = Task { [request] in
      let response = await api.handle(request)
      bound.eventLoop.execute {
        let (handler, context) = bound.value
        handler.send(response, context, keepsAlive: keepsAlive, isHead: isHead)
      }
    }
  }

  private func send(_ response: APIResponse, _ context: ChannelHandlerContext, keepsAlive: Bool, isHead: Bool) {
    guard context.channel.isActive else {
      response.watch?.cancel()
      return
    }
    if response.cut == .before {
      Self.reset(connection)
      return
    }
    var headers = HTTPHeaders([("Content-Type", response.contentType), ("Cache-Control", "no-cache, private")])
    for (name, value) in response.headers { headers.add(name: name, value: value) }
    let status = HTTPResponseStatus(statusCode: response.status)
    if let watch = response.watch {
      context.writeAndFlush(
        wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
      stream = watch
      watch.start(ChannelSink(channel: context.channel, connection: connection, keepsAlive: keepsAlive))
      return
    }
    headers.add(name: "Content-Length", value: String(response.body.count))
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    if response.cut == .middle {
      let half = ByteBuffer(bytes: response.body.prefix(response.body.count / 2))
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(half))), promise: nil)
      Self.reset(connection)
      return
    }
    if !isHead { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil) }
    let channel = context.channel
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
      if !keepsAlive { channel.close(promise: nil) }
    }
  }

  /// Closes with RST instead of FIN.
  static func reset(_ channel: any Channel) {
    // Delivered already is what was flushed; the linger of 0 s throws away the rest and sends the reset.
    if let provider = channel as? any SocketOptionProvider {
      provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
    } else {
      channel.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    task?.cancel()
    stream?.cancel()
    stream = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Writes a watch to its channel. Never at once, not even on the channel's own event loop: the caller holds locks that
/// a write that fails would want again.
private struct ChannelSink: WatchSink {
  let channel: any Channel
  let connection: any Channel
  let keepsAlive: Bool

  func send(_ bytes: [UInt8]) {
    let part = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes)))
    let channel = channel
    channel.eventLoop.execute { channel.writeAndFlush(part, promise: nil) }
  }

  func finish() {
    let (channel, keepsAlive) = (channel, keepsAlive)
    channel.eventLoop.execute {
      channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in
        if !keepsAlive { channel.close(promise: nil) }
      }
    }
  }

  func reset() {
    let connection = connection
    channel.eventLoop.execute { ConnectionHandler.reset(connection) }
  }
}
