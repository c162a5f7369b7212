internal import NIOCore
internal import Synchronization

/// Work that several may need at once: the first to ask does it, the others wait for its result, each no longer than
/// its own deadline.
final class SharedWork<Value: Sendable>: Sendable {
  private let eventLoop: any EventLoop
  private let running = Mutex<EventLoopFuture<Value>?>(nil)

  init(eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
  }

  /// The result of `work`, done by this caller or by another one; nil when the deadline passed while another was at it.
  func result(before deadline: AskDeadline, of work: @Sendable () async -> Value) async -> Value? {
    let (others, own) = running.withLock { running -> (EventLoopFuture<Value>?, EventLoopPromise<Value>?) in
      if let running { return (running, nil) }
      let promise = eventLoop.makePromise(of: Value.self)
      running = promise.futureResult
      return (nil, promise)
    }
    if let others { return await Self.wait(for: others, before: deadline) }
    let value = await work()
    running.withLock { $0 = nil }
    own?.succeed(value)
    return value
  }

  private static func wait(for future: EventLoopFuture<Value>, before deadline: AskDeadline) async -> Value? {
    let promise = future.eventLoop.makePromise(of: Value?.self)
    // Whichever comes first decides; the second is ignored.
    let timer = future.eventLoop.scheduleTask(deadline: deadline.time) { promise.succeed(nil) }
    future.whenSuccess { value in
      timer.cancel()
      promise.succeed(value)
    }
    return (try? await promise.futureResult.get()) ?? nil
  }
}
