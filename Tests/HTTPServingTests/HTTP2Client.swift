import HTTPServing
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport

/// An HTTP/2 connection that sends the frames that a test writes, right or wrong, and keeps those that come.
final class HTTP2Client: Sendable {
  struct Frame: Equatable, Sendable {
    enum Kind: UInt8 { case data, headers, priority, reset, settings, push, ping, goAway, windowUpdate, continuation }

    var kind: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    init(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
      (self.kind, self.flags, self.stream, self.payload) = (kind.rawValue, flags, stream, payload)
    }

    func `is`(_ kind: Kind, stream: UInt32 = 0) -> Bool { self.kind == kind.rawValue && self.stream == stream }

    var bytes: [UInt8] {
      let count = payload.count
      return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), kind, flags]
        + HTTP2Client.number(stream) + payload
    }
  }

  struct Options {
    /// How much of an answer the server may send before it is given more.
    var window: UInt32 = 65_535
    var answersPings = true
    var reads = true
  }

  private let channel: any Channel
  private let reader: Reader

  /// Connects and shakes hands.
  static func connect(to server: HTTPServer, _ options: Options = Options()) async throws -> HTTP2Client {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    configuration.applicationProtocols = ["h2"]
    let context = try NIOSSLContext(configuration: configuration)
    let reader = Reader(answersPings: options.answersPings)
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    // What is not read is to fill up soon.
    if !options.reads { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: 16_384) }
    let channel =
      try await bootstrap
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            try NIOSSLClientHandler(context: context, serverHostname: nil), FrameReader(reader))
        }
      }
      .connect(host: "127.0.0.1", port: server.boundAddress.port).get()
    let client = HTTP2Client(channel, reader)
    // SETTINGS_INITIAL_WINDOW_SIZE.
    let settings = Frame(.settings, [0, 4] + number(options.window))
    try await client.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings.bytes)
    try await eventually("the server's SETTINGS") { client.frames.contains { $0.is(.settings) } }
    if !options.reads { try await channel.setOption(.autoRead, value: false).get() }
    return client
  }

  private init(_ channel: any Channel, _ reader: Reader) {
    self.channel = channel
    self.reader = reader
  }

  deinit { channel.close(promise: nil) }

  var frames: [Frame] { reader.frames }
  var isClosed: Bool { !channel.isActive }

  func frames(_ kind: Frame.Kind, stream: UInt32 = 0) -> [Frame] { frames.filter { $0.is(kind, stream: stream) } }

  /// The body of an answer that has come in full; nil before.
  func answer(_ stream: UInt32) -> String? {
    let pieces = frames(.data, stream: stream)
    guard pieces.last?.flags == 1 else { return nil }
    return String(decoding: pieces.flatMap(\.payload), as: UTF8.self)
  }

  func waitForAnswer(_ stream: UInt32) async throws -> String? {
    try await eventually("the answer of stream \(stream)", within: .seconds(30)) { answer(stream) != nil || isClosed }
    return answer(stream)
  }

  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

  func send(_ frames: Frame...) async throws { try await send(frames.flatMap(\.bytes)) }

  /// A GET without a body.
  static func request(_ stream: UInt32, _ path: String = "/a", method: UInt8 = 0x82) -> Frame {
    // END_STREAM and END_HEADERS. Of the static table: the method, :scheme https; then a :path as it is.
    Frame(.headers, flags: 5, stream: stream, [method, 0x87, 0x04, UInt8(path.utf8.count)] + Array(path.utf8))
  }

  /// CANCEL.
  static func reset(_ stream: UInt32) -> Frame { Frame(.reset, stream: stream, number(8)) }

  static func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }

  /// What has come, shared with the handler.
  private final class Reader: Sendable {
    private let state = Mutex<(bytes: [UInt8], frames: [Frame])>(([], []))
    let answersPings: Bool

    init(answersPings: Bool) { self.answersPings = answersPings }

    var frames: [Frame] { state.withLock { $0.frames } }

    /// - Returns: the frames that these bytes complete.
    func take(_ bytes: some Sequence<UInt8>) -> [Frame] {
      state.withLock { state in
        state.bytes += bytes
        var (start, new): (Int, [Frame]) = (0, [])
        while true {
          let rest = state.bytes[start...]
          guard rest.count >= 9 else { break }
          let count = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) }
          guard rest.count >= 9 + count else { break }
          var frame = Frame(.data, flags: rest[start + 4], Array(rest.dropFirst(9).prefix(count)))
          frame.kind = rest[start + 3]
          frame.stream = rest[(start + 5)..<(start + 9)].reduce(0) { $0 << 8 | UInt32($1) }
          new.append(frame)
          start += 9 + count
        }
        state.bytes.removeFirst(start)
        state.frames += new
        return new
      }
    }
  }

  private final class FrameReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reader: Reader

    init(_ reader: Reader) { self.reader = reader }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      for frame in reader.take(unwrapInboundIn(data).readableBytesView)
      where reader.answersPings && frame.is(.ping) && frame.flags == 0 {
        let answer = Frame(.ping, flags: 1, frame.payload)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer.bytes)), promise: nil)
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
