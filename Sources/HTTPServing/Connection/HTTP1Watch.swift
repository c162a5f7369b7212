internal import NIOCore

/// Sees the bytes of an HTTP/1 connection before they are parsed, and ends the connection when the client is idle too
/// long, takes too long over a request, or sends a request head that does not end.
///
/// A request that arrives in one piece (nearly all do) costs no timer: the idle timer looks at the time of the last
/// request only when it fires, and the request timer is set only when a piece is missing.
final class HTTP1Watch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// What the request handler is told; it answers and closes.
  enum Complaint {
    case requestTimedOut, targetTooLong, headTooLarge
  }

  private enum Phase {
    /// Nothing of a next request has come.
    case idle
    /// Some of the request has come; not all.
    case receiving
  }

  private let limits: HTTPLimits
  private var phase = Phase.idle
  private var isHeadComplete = false
  /// The end of the request line has come. Only kept for heads that do not come in one piece, or are long.
  private var isTargetComplete = false
  private var headBytes = 0
  private var isDiscarding = false
  private var lastRequestAt: NIODeadline = .uptimeNanoseconds(0)
  private var idleTimer: Scheduled<Void>?
  private var requestTimer: Scheduled<Void>?
  /// Requests that have come in full and are not answered yet.
  private var unanswered = 0

  init(limits: HTTPLimits) {
    self.limits = limits
  }

  func handlerAdded(context: ChannelHandlerContext) {
    lastRequestAt = context.eventLoop.now
    startIdleTimer(context: context, after: limits.idleTimeout.timeAmount)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    idleTimer?.cancel()
    requestTimer?.cancel()
  }

  func channelInactive(context: ChannelHandlerContext) {
    idleTimer?.cancel()
    requestTimer?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isDiscarding { return }
    phase = .receiving
    let bytes = unwrapInboundIn(data)
    if !isHeadComplete {
      headBytes += bytes.readableBytes
      // Known before the parser complains; looked for only where it may.
      if headBytes > limits.targetBytes { noteEndOfTarget(bytes) }
    }
    context.fireChannelRead(data)
    // Still receiving: a piece is missing. Otherwise the parser has seen the end of a request.
    guard phase == .receiving, !isDiscarding else { return }
    if !isHeadComplete {
      noteEndOfTarget(bytes)
      if headBytes > limits.headBytes {
        complain(isTargetComplete ? .headTooLarge : .targetTooLong, context: context)
        return
      }
    }
    if requestTimer == nil { startRequestTimer(context: context) }
  }

  /// What has come of the request is all target, and too much.
  var isTargetTooLong: Bool { headBytes > limits.targetBytes && !isTargetComplete }

  private func noteEndOfTarget(_ bytes: ByteBuffer) {
    isTargetComplete = isTargetComplete || bytes.readableBytesView.contains(UInt8(ascii: "\n"))
  }

  /// The parser has seen the whole head of a request.
  func headCompleted() {
    isHeadComplete = true
  }

  /// The parser has seen the end of a request.
  func requestCompleted() {
    phase = .idle
    isHeadComplete = false
    isTargetComplete = false
    headBytes = 0
    unanswered += 1
    requestTimer?.cancel()
    requestTimer = nil
  }

  /// An answer has been written.
  func requestAnswered(at now: NIODeadline) {
    unanswered -= 1
    lastRequestAt = now
  }

  /// From here on what comes is thrown away: the connection is about to close.
  func discardInput() {
    isDiscarding = true
    requestTimer?.cancel()
    requestTimer = nil
  }

  private func complain(_ complaint: Complaint, context: ChannelHandlerContext) {
    discardInput()
    context.fireUserInboundEventTriggered(complaint)
  }

  private func startRequestTimer(context: ChannelHandlerContext) {
    let watch = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    requestTimer = context.eventLoop.scheduleTask(in: limits.requestTimeout.timeAmount) {
      let (watch, context) = watch.value
      watch.complain(.requestTimedOut, context: context)
    }
  }

  private func startIdleTimer(context: ChannelHandlerContext, after delay: TimeAmount) {
    let watch = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    idleTimer = context.eventLoop.scheduleTask(in: delay) {
      let (watch, context) = watch.value
      let rest = watch.lastRequestAt + watch.limits.idleTimeout.timeAmount - context.eventLoop.now
      if rest > .zero {
        watch.startIdleTimer(context: context, after: rest)
      } else if watch.unanswered > 0 || watch.phase == .receiving {
        // Waiting for our own answer, or guarded by the request timer: look again later.
        watch.startIdleTimer(context: context, after: watch.limits.idleTimeout.timeAmount)
      } else {
        context.close(promise: nil)
      }
    }
  }
}
