internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

/// Connections that stay open while nobody is at the other end: no byte, no reset.
@Suite struct SilentWatchTests {
  /// Bookmarks come every minute; a load balancer may hold the connection to a server that is gone.
  @Test func aWatchThatTellsNothingIsBegunAnewOnAnotherConnection() async throws {
    let time = ManualTime()
    let script = ScriptedWatches(
      lists: [Wire.list([], 10)],
      watches: [
        .raw(Wire.stream([]), then: .hang), .raw(Wire.stream([Wire.event("ADDED", Wire.item("a", 12))]), then: .hang),
      ])
    let server = try ScriptedHTTPServer { script.reply($0) }
    let client = try server.client(time: time)
    let watched = Watched(client, time: time)
    try await watched.run {
      try await eventually("it watches") { client.statistics.requests[.init(verb: "watch", status: 200)] == 1 }
      try await eventually("it waits") { time.nextWake == time.now() + .seconds(90) }
      time.advance(by: .seconds(89))
      #expect(client.statistics.watchesOpen == 1 && watched.changes.all == ["synced"])
      time.advance(by: .seconds(1))
      try await watched.waitFor(["synced", "+a@12"])
    }
    let calls = server.requests.filter { APICall($0).isWatch }
    #expect(calls.count == 2 && calls.first?.connection != calls.last?.connection)
    // After so long a silence it makes sure that the server has not begun anew.
    #expect(server.calls.filter { !$0.isWatch }.map { $0.query["limit"] } == ["500", "1"])
    await client.shutdown()
    server.stop()
  }

  @Test func aWatchWithBookmarksIsLeftAloneUntilItsEndIsOverdue() async throws {
    let time = ManualTime()
    let isDue = DispatchSemaphore(value: 0)
    let server = try ScriptedHTTPServer { request in
      guard APICall(request).isWatch else { return .answer(status: 200, body: Wire.list([], 10)) }
      return .stream { send in
        var isHeard = send(Wire.stream([]))
        for version in 11... where isHeard {
          isDue.wait()
          isHeard = send(Wire.chunk(Wire.bookmark(version)))
        }
      }
    }
    let client = try server.client(time: time)
    let watched = Watched(client, time: time)
    try await watched.run {
      try await eventually("it watches") { client.statistics.requests[.init(verb: "watch", status: 200)] == 1 }
      // 449 s agreed (random is 0.5), and 30 s of grace.
      let end = time.now() + .seconds(479)
      for version in 11...18 {
        isDue.signal()
        try await eventually("it has heard") { watched.version == "\(version)" }
        #expect(server.calls.filter(\.isWatch).count == 1)
        time.advance(by: min(.seconds(60), end - time.now() - .seconds(1)))
      }
      #expect(client.statistics.watchesOpen == 1)
      time.advance(by: .seconds(1))
      try await eventually("it watches again") { server.calls.filter(\.isWatch).count == 2 }
    }
    for _ in 0..<4 { isDue.signal() }
    await client.shutdown()
    server.stop()
  }
}

extension Watched {
  fileprivate var version: String? { reflector.state.withLock(\.resourceVersion) }
}
