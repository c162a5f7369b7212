internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

@Suite struct LeaderElectionTests {
  @Test func theFirstLeadsAndRenews() async throws {
    let leases = LeaseServer()
    let server = try leases.serve()
    let time = ManualTime()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.changes.all == [true] && one.election.isLeader }
    #expect(one.election.leader == "one")
    let spec = try #require(leases.lease?.spec)
    #expect(spec.leaseDurationSeconds == 8 && spec.leaseTransitions == 0)
    #expect(spec.acquireTime == "2026-01-01T00:00:00.000000Z")
    for round in 1...3 {
      try await eventually("it sleeps") { time.nextWake == time.now() + .seconds(2) }
      time.advance(by: .seconds(2))
      try await eventually("renewal \(round)") { leases.state.withLock { $0.writes.count } == round + 1 }
    }
    #expect(leases.lease?.spec?.renewTime == "2026-01-01T00:00:06.000000Z")
    #expect(leases.lease?.spec?.acquireTime == "2026-01-01T00:00:00.000000Z")
    await one.stop()
    #expect(one.changes.all == [true, false])
    #expect(leases.holder == "" && leases.lease?.spec?.leaseTransitions == 0)
    server.stop()
  }

  @Test func aReleasedLeaseIsTakenAtTheNextLook() async throws {
    let leases = LeaseServer()
    let server = try leases.serve()
    let time = ManualTime()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.election.isLeader }
    let two = try Replica("two", server, time)
    try await eventually("two knows") { two.election.leader == "one" }
    #expect(!two.election.isLeader)
    await one.stop()
    #expect(leases.holder == "" && !one.election.isLeader)
    try await eventually("two looks twice a second") { time.nextWake == time.now() + .milliseconds(500) }
    time.advance(by: .milliseconds(500))
    try await eventually("two leads") { two.election.isLeader && two.changes.all == [true] }
    #expect(leases.lease?.spec?.leaseTransitions == 1)
    await two.stop()
    server.stop()
  }

  @Test func aCrashedLeaderIsFollowedWithinTenSeconds() async throws {
    let leases = LeaseServer()
    // Its clock is an hour ahead: that must not matter.
    var lease = Lease(metadata: ObjectMeta(name: "swell", namespace: "swell-system"))
    lease.metadata.resourceVersion = "7"
    lease.spec = LeaseSpec(
      holderIdentity: "dead", leaseDurationSeconds: 8, renewTime: "2026-01-01T01:00:00.000000Z", leaseTransitions: 4)
    leases.state.withLock { $0.lease = lease }
    let server = try leases.serve()
    let time = ManualTime()
    let start = time.now()
    let two = try Replica("two", server, time)
    try await eventually("it knows") { two.election.leader == "dead" }
    while time.now() - start < .seconds(12) {
      try await eventually("it sleeps or leads") {
        two.election.isLeader || time.nextWake.map { $0 <= time.now() + .milliseconds(500) } ?? false
      }
      if two.election.isLeader { break }
      if time.now() - start < .seconds(8) { #expect(leases.holder == "dead", "never before the Lease has expired") }
      time.advance(by: (time.nextWake ?? time.now()) - time.now())
    }
    #expect(two.election.isLeader)
    #expect(time.now() - start <= .milliseconds(8500))
    #expect(leases.holder == "two" && leases.lease?.spec?.leaseTransitions == 5)
    await two.stop()
    server.stop()
  }

  @Test func aLeaderThatCannotRenewStopsBeforeAnybodyMayFollow() async throws {
    let leases = LeaseServer()
    let server = try leases.serve()
    let time = ManualTime()
    let start = time.now()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.changes.all == [true] }
    leases.state.withLock { $0.isDown = true }
    while time.now() - start < .milliseconds(4900) {
      #expect(one.election.isLeader)
      time.advance(by: .milliseconds(100))
    }
    time.advance(by: .milliseconds(100))
    // By the clock alone, whatever its task is doing.
    #expect(!one.election.isLeader)
    try await eventually("it is told", within: .seconds(30)) {
      time.advance(by: .milliseconds(10))
      return one.changes.all == [true, false]
    }
    #expect(one.election.lastFailure != nil)
    leases.state.withLock { $0.isDown = false }
    try await eventually("it leads again when it can write", within: .seconds(30)) {
      time.advance(by: .milliseconds(20))
      return one.changes.all == [true, false, true]
    }
    await one.stop()
    server.stop()
  }

  @Test func aLeaseThatSomebodyElseTookIsLeft() async throws {
    let leases = LeaseServer()
    let server = try leases.serve()
    let time = ManualTime()
    let one = try Replica("one", server, time)
    try await eventually("one leads") { one.changes.all == [true] }
    leases.state.withLock { state in
      state.lease?.spec?.holderIdentity = "other"
      state.lease?.metadata.resourceVersion = "999"
    }
    try await eventually("it sleeps") { time.nextWake == time.now() + .seconds(2) }
    time.advance(by: .seconds(2))
    try await eventually("it stops") { one.changes.all == [true, false] }
    #expect(one.election.leader == "other" && !one.election.isLeader)
    await one.stop()
    #expect(leases.holder == "other", "what is not ours is not released")
    server.stop()
  }

  @Test func ofManyOneLeads() async throws {
    let leases = LeaseServer()
    let server = try leases.serve()
    let time = ManualTime()
    var replicas: [Replica] = []
    for index in 0..<5 { replicas.append(try Replica("r\(index)", server, time)) }
    let all = replicas
    try await eventually("one leads") { all.filter(\.election.isLeader).count == 1 }
    try await eventually("all know", within: .seconds(30)) {
      time.advance(by: .milliseconds(20))
      return Set(all.map(\.election.leader)).count == 1 && all[0].election.leader != nil
    }
    #expect(all.filter(\.election.isLeader).count == 1)
    for replica in all { await replica.stop() }
    #expect(leases.holder == "")
    server.stop()
  }

  @Test func renewalsGoOnWhileTheNewLeaderStarts() async throws {
    let leases = LeaseServer()
    let server = try leases.serve()
    let time = ManualTime()
    let client = try server.client(time: time)
    let election = LeaderElection(client, .init(namespace: "n", identity: "slow"), time: time, random: { 1 })
    let started = Signals()
    let task = Task {
      await election.run { isLeading in
        guard isLeading else { return }
        started.begun.fire()
        await started.mayEnd.wait()
      }
    }
    await started.begun.wait()
    for round in 1...4 {
      try await eventually("it sleeps") { time.nextWake == time.now() + .seconds(2) }
      time.advance(by: .seconds(2))
      try await eventually("renewal \(round)") { leases.state.withLock { $0.writes.count } == round + 1 }
    }
    #expect(election.isLeader)
    task.cancel()
    started.mayEnd.fire()
    await task.value
    #expect(leases.holder == "")
    await client.shutdown()
    server.stop()
  }
}

private struct Signals: Sendable {
  let begun = Signal()
  let mayEnd = Signal()
}
