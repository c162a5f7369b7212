internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

/// What happens to a leader when the API, the network or somebody else gets in its way.
@Suite struct LeaderElectionFaultTests {
  /// Patches an item; the server does not answer.
  private func write(_ client: KubernetesClient) -> Task<KubernetesError?, Never> {
    Task {
      await #expect(throws: KubernetesError.self) {
        _ = try await client.patch(.merge(["a": 1]), Item.type, namespace: "n", name: "slow", answer: Item.self)
      }
    }
  }

  /// A write that left before the leadership ended must not arrive after the next leader has begun: 8 s after the last
  /// renewal at the earliest.
  @Test func aWriteUnderWayIsGivenUpWithTheLeadership() async throws {
    let leases = LeaseServer()
    let server = try leases.serve { $0.target.hasSuffix("/slow") ? .hang : nil }
    let time = ManualTime()
    let start = time.now()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.changes.all == [true] }
    leases.state.withLock { $0.isDown = true }
    time.advance(by: .milliseconds(1900))
    let write = write(one.client)
    try await eventually("it is under way") { server.requests.contains { $0.target.hasSuffix("/slow") } }
    try await eventually("one stops", within: .seconds(30)) {
      time.advance(by: .milliseconds(10))
      return one.changes.all == [true, false]
    }
    #expect(time.now() - start < .seconds(8))
    let error = await write.value
    #expect(error?.isCancellation == true && error?.message.contains("does not lead") == true)
    // And so is a new one.
    await #expect(throws: KubernetesError.self) { try await one.client.delete(Item.type, namespace: "n", name: "slow") }
    #expect(server.requests.filter { $0.target.hasSuffix("/slow") }.count == 1)
    await one.stop()
    server.stop()
  }

  @Test func aWriteUnderWayIsGivenUpWhenSomebodyElseHasTakenTheLease() async throws {
    let leases = LeaseServer()
    let server = try leases.serve { $0.target.hasSuffix("/slow") ? .hang : nil }
    let time = ManualTime()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.changes.all == [true] }
    let write = write(one.client)
    try await eventually("it is under way") { server.requests.contains { $0.target.hasSuffix("/slow") } }
    leases.state.withLock { state in
      state.lease?.spec?.holderIdentity = "thief"
      state.lease?.metadata.resourceVersion = "999"
    }
    try await eventually("it sleeps") { time.nextWake == time.now() + .seconds(2) }
    time.advance(by: .seconds(2))
    #expect(await write.value?.message.contains("does not lead") == true)
    await one.stop()
    #expect(leases.holder == "thief")
    server.stop()
  }

  /// On SIGTERM what is under way may end; the Lease is given back after it, and soon in any case.
  @Test func theLeaseIsGivenBackAfterTheLastWrite() async throws {
    let leases = LeaseServer()
    let server = try leases.serve { $0.target.hasSuffix("/slow") ? .hang : nil }
    let time = ManualTime()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.changes.all == [true] }
    let write = write(one.client)
    try await eventually("it is under way") { server.requests.contains { $0.target.hasSuffix("/slow") } }
    one.task.cancel()
    try await eventually("it waits for the write") { time.nextWake == time.now() + .milliseconds(200) }
    #expect(leases.holder == "one" && !one.election.isLeader)
    time.advance(by: .milliseconds(200))
    #expect(await write.value?.message.contains("does not lead") == true)
    await one.stop()
    #expect(leases.holder == "")
    server.stop()
  }

  /// A connection that died without a word costs one retry period, not the leadership.
  @Test func aRenewalThatGetsLostIsMadeAgainBesideTheFirst() async throws {
    let leases = LeaseServer()
    let isLost = Mutex(false)
    let server = try leases.serve { _ in
      isLost.withLock { isLost in
        defer { isLost = false }
        return isLost ? .hang : nil
      }
    }
    let time = ManualTime()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.changes.all == [true] }
    try await eventually("it sleeps") { time.nextWake == time.now() + .seconds(2) }
    isLost.withLock { $0 = true }
    time.advance(by: .seconds(2))
    try await eventually("it waits for an answer") {
      time.nextWake == time.now() + .seconds(1) && !isLost.withLock { $0 }
    }
    time.advance(by: .seconds(1))
    try await eventually("the second works") { leases.state.withLock { $0.writes.count } == 2 }
    try await eventually("it sleeps again") { time.nextWake == time.now() + .seconds(2) }
    #expect(one.election.isLeader && one.changes.all == [true] && one.election.lastFailure == nil)
    await one.stop()
    server.stop()
  }

  /// An API server that takes two seconds for every answer ends no leadership.
  @Test func aSlowServerIsRenewedWith() async throws {
    let leases = LeaseServer()
    let slowRequests = Mutex<Int?>(nil)
    let mayAnswer = DispatchSemaphore(value: 0)
    let server = try leases.serve { _ in
      let number = slowRequests.withLock { count -> Int? in
        defer { count = count.map { $0 + 1 } }
        return count
      }
      guard let number else { return nil }
      // The second one of each pair gets no answer at all.
      if number % 2 == 1 { return .hang }
      mayAnswer.wait()
      return nil
    }
    let time = ManualTime()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.changes.all == [true] }
    try await eventually("it sleeps") { time.nextWake == time.now() + .seconds(2) }
    slowRequests.withLock { $0 = 0 }
    time.advance(by: .seconds(2))
    for round in 0..<5 {
      // One renewal, and a second one after a second.
      try await eventually("renewal \(round)") { slowRequests.withLock { $0 } == 2 * round + 1 }
      try await eventually("it waits") { time.nextWake == time.now() + .seconds(1) }
      time.advance(by: .seconds(1))
      try await eventually("renewal \(round) again") { slowRequests.withLock { $0 } == 2 * round + 2 }
      time.advance(by: .seconds(1))
      #expect(one.election.isLeader)
      // The answer to the first arrives; the next is due at once, two seconds after it was sent.
      mayAnswer.signal()
    }
    #expect(one.changes.all == [true])
    slowRequests.withLock { $0 = nil }
    mayAnswer.signal()
    await one.stop()
    server.stop()
  }

  /// However much waits for the API: the Lease does not.
  @Test func renewalsDoNotWaitBehindOtherRequests() async throws {
    let leases = LeaseServer()
    let server = try leases.serve { $0.target.hasSuffix("/slow") ? .hang : nil }
    let time = ManualTime()
    let client = try server.client(time: time, limit: 1)
    let write = write(client)
    try await eventually("it is under way") { client.statistics.underWay == 1 && server.requests.count == 1 }
    let election = LeaderElection(client, .init(namespace: "n", identity: "me"), time: time, random: { 1 })
    let task = Task { await election.run { _ in } }
    try await eventually("it leads") { election.isLeader }
    task.cancel()
    await task.value
    write.cancel()
    _ = await write.value
    await client.shutdown()
    server.stop()
  }
}
