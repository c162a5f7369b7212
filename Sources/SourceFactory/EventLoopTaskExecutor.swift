public import NIOCore

/// Runs tasks on one event loop, between its I/O: what they await of that loop's connections costs no change of thread.
///
/// For `withTaskExecutorPreference` and `addTask(executorPreference:)`. Tasks that run on it must not block, and the event
/// loop must outlive them.
public final class EventLoopTaskExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  public init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
