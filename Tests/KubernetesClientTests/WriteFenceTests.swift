internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

@Suite struct WriteFenceTests {
  private let start = Timestamp(seconds: 1000)

  @Test func withoutAnElectionEverybodyWrites() async throws {
    let fence = WriteFence()
    #expect(try await fence.run(at: start) { 1 } == 1)
  }

  @Test func aLeaderWritesForAsLongAsItHasRenewed() async throws {
    let fence = WriteFence()
    fence.putUp()
    await #expect(throws: WriteFence.Closed.self) { try await fence.run(at: start) { 1 } }
    fence.open(until: start + .seconds(5))
    #expect(try await fence.run(at: start + .milliseconds(4999)) { 2 } == 2)
    // By the time alone: a process that was stopped has not closed anything.
    await #expect(throws: WriteFence.Closed.self) { try await fence.run(at: start + .seconds(5)) { 3 } }
    fence.open(until: start + .seconds(7))
    #expect(try await fence.run(at: start + .seconds(5)) { 4 } == 4)
    fence.close()
    await #expect(throws: WriteFence.Closed.self) { try await fence.run(at: start + .seconds(5)) { 5 } }
    #expect(fence.underWay == 0)
  }

  @Test func whatIsUnderWayIsGivenUp() async throws {
    let fence = WriteFence()
    fence.putUp()
    fence.open(until: start + .seconds(5))
    let never = Signal()
    let task = Task {
      _ = await #expect(throws: WriteFence.Closed.self) {
        try await fence.run(at: start) {
          await never.wait()
          try Task.checkCancellation()
        }
      }
    }
    try await eventually("it is under way") { fence.underWay == 1 }
    fence.close()
    await task.value
    #expect(fence.underWay == 0)
  }

  @Test func whatIsUnderWayMayEndBeforeTheLeadershipIsGivenBack() async throws {
    let fence = WriteFence()
    let time = ManualTime()
    fence.putUp()
    fence.open(until: time.now() + .seconds(5))
    let mayEnd = Signal()
    let write = Task { try await fence.run(at: time.now()) { await mayEnd.wait() } }
    try await eventually("it is under way") { fence.underWay == 1 }
    let closing = Task { await fence.close(at: time.now() + .milliseconds(200), time: time) }
    try await eventually("it waits") { time.nextWake != nil }
    await #expect(throws: WriteFence.Closed.self) { try await fence.run(at: time.now()) { 1 } }
    mayEnd.fire()
    try await write.value
    await closing.value
    // A later leadership opens it again.
    fence.open(until: time.now() + .seconds(5))
    #expect(try await fence.run(at: time.now()) { 1 } == 1)
  }

  /// What only a leader may do is not even sent; what everybody may, is.
  @Test func aClientThatDoesNotLeadOnlyReads() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 200, body: Wire.item("a", 1)) }
    let client = try server.client()
    let item: Item = try await client.get(Item.type, namespace: "n", name: "a")
    _ = LeaderElection(client, .init(namespace: "n", identity: "me"), time: SystemTime())
    let refused: [@Sendable () async throws -> Void] = [
      { _ = try await client.create(item, Item.type, namespace: "n", answer: Item.self) },
      { _ = try await client.replace(item, Item.type, namespace: "n", name: "a", answer: Item.self) },
      { _ = try await client.patch(.merge([:]), Item.type, namespace: "n", name: "a", answer: Item.self) },
      { try await client.delete(Item.type, namespace: "n", name: "a") },
      { _ = try await client.create(item, .events, namespace: "n", answer: Item.self) },
    ]
    for write in refused {
      let error = await #expect(throws: KubernetesError.self) { try await write() }
      #expect(error?.isCancellation == true && error?.message.hasSuffix("this replica does not lead") == true)
    }
    #expect(server.requests.count == 1)
    _ = try await client.get(Item.type, namespace: "n", name: "a", as: Item.self)
    _ = try await client.create(item, .tokenReviews, namespace: nil, answer: Item.self)
    _ = try await client.create(item, .subjectAccessReviews, namespace: nil, answer: Item.self)
    _ = try await client.create(item, .secrets, namespace: "n", answer: Item.self)
    _ = try await client.replace(item, .leases, namespace: "n", name: "a", answer: Item.self)
    #expect(server.requests.count == 6)
    await client.shutdown()
    server.stop()
  }
}
