import NIOCore
import NIOPosix
import SourceFactory
import Testing

@Suite struct EventLoopTaskExecutorTests {
  @Test func tasksRunOnTheLoopBeforeAndAfterTheyWait() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let (own, other) = (group.next(), group.next())
    let executor = EventLoopTaskExecutor(own)
    let places = await withTaskExecutorPreference(executor) {
      var places = [own.inEventLoop]
      await Task.yield()
      places.append(own.inEventLoop)
      // What ends elsewhere is gone on with here.
      try? await other.submit {}.get()
      places.append(own.inEventLoop)
      return places
    }
    #expect(places == [true, true, true])
    #expect(!own.inEventLoop)
    try await group.shutdownGracefully()
  }

  @Test func childTasksStayOnTheLoop() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let executor = EventLoopTaskExecutor(loop)
    let count = await withTaskGroup(of: Bool.self) { tasks in
      for _ in 0..<100 {
        tasks.addTask(executorPreference: executor) {
          await withTaskGroup(of: Bool.self) { inner in
            inner.addTask { loop.inEventLoop }
            return await inner.next() ?? false
          }
        }
      }
      return await tasks.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(count == 100)
    try await group.shutdownGracefully()
  }
}
