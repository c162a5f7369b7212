internal import NIOCore
internal import NIOHTTP2

/// Ends an HTTP/2 connection: when the client takes too long over its part of a graceful end, and when it broke the
/// protocol. Comes between the library's HTTP/2 handler and its manager of the connection.
final class HTTP2Closer: ChannelDuplexHandler {
  typealias InboundIn = HTTP2Frame
  typealias OutboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  private let errors: HTTP2ErrorWatch
  private let patience: TimeAmount
  private var end: Scheduled<Void>?

  /// - Parameter patience: how long a graceful end may take, for the client and for answers under way.
  init(errors: HTTP2ErrorWatch, patience: TimeAmount) {
    self.errors = errors
    self.patience = patience
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end?.cancel()
  }

  /// A graceful end begins with a GOAWAY and a PING. A client need not answer the PING, and the manager would wait for
  /// that for ever.
  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if end == nil, case .goAway = unwrapOutboundIn(data).payload {
      let context = NIOLoopBound(context, eventLoop: context.eventLoop)
      end = context.eventLoop.scheduleTask(in: patience) { context.value.close(promise: nil) }
    }
    context.write(data, promise: promise)
  }

  /// The manager closes in the same breath in which it writes its last GOAWAY, which tells the client what requests it
  /// may send again: out with it first.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    context.flush()
    context.close(mode: mode, promise: promise)
  }

  /// What is wrong with one stream ends that stream alone: the others belong to other callers.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    // Nothing can be told any more, or nothing that would be understood.
    case is NIOHTTP2Errors.RaisedGoawayLastStreamID, is NIOHTTP2Errors.UnableToSerializeFrame: break
    case is any NIOHTTP2Error where !errors.hasToldPeer, is NIOHTTP2Errors.StreamError where !errors.hasToldPeer:
      return
    default: break
    }
    context.close(promise: nil)
  }
}

/// Sees whether the library has told the peer that it broke the protocol, by what goes out: of an error the library does
/// not say whether it is one stream's or the connection's.
final class HTTP2ErrorWatch: ChannelOutboundHandler {
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  private(set) var hasToldPeer = false

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .byteBuffer(let bytes) = unwrapOutboundIn(data), Self.isErrorGoAway(bytes) { hasToldPeer = true }
    context.write(data, promise: promise)
  }

  /// The library writes each frame by itself: 9 bytes that say what it is, then the last stream and the code. No answer
  /// of ours begins with a zero byte.
  private static func isErrorGoAway(_ bytes: ByteBuffer) -> Bool {
    let start = bytes.readerIndex
    return bytes.readableBytes == 17 && bytes.getInteger(at: start, as: UInt64.self) == 0x0000_0807_0000_0000
      && bytes.getInteger(at: start + 13, as: UInt32.self) != 0
  }
}
