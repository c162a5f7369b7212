internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

@Suite struct RequestGateTests {
  @Test func waitingRequestsGoOutByPriorityAndInOrder() async throws {
    let gate = RequestGate(limit: 1)
    #expect(await gate.enter(.background))
    let order = Collected<String>()
    try await withThrowingDiscardingTaskGroup { group in
      let wishes: [(String, RequestPriority)] = [
        ("b1", .background), ("s1", .status), ("r1", .reconciliation), ("a1", .actuation), ("r2", .reconciliation),
        ("a2", .actuation), ("b2", .background),
      ]
      for (index, wish) in wishes.enumerated() {
        group.addTask {
          guard await gate.enter(wish.1) else { return }
          order.add(wish.0)
          gate.leave(wish.1)
        }
        try await eventually("\(wish.0) waits") { gate.waiting == index + 1 }
      }
      gate.leave(.background)
    }
    #expect(order.all == ["a1", "a2", "r1", "r2", "s1", "b1", "b2"])
    #expect(gate.underWay == 0 && gate.waiting == 0)
  }

  @Test func slowListsLeavePlacesForUrgentRequests() async throws {
    let gate = RequestGate(limit: 64)
    for _ in 0..<48 { #expect(await gate.enter(.background)) }
    let late = Task { await gate.enter(.background) }
    try await eventually("it waits") { gate.waiting == 1 }
    for _ in 0..<16 { #expect(await gate.enter(.actuation)) }
    #expect(gate.underWay == 64)
    late.cancel()
    #expect(await late.value == false)
    #expect(gate.waiting == 0)
  }

  @Test func aCancelledWaiterLosesItsPlaceOnly() async throws {
    let gate = RequestGate(limit: 1)
    #expect(await gate.enter(.actuation))
    let first = Task { await gate.enter(.actuation) }
    try await eventually("it waits") { gate.waiting == 1 }
    let second = Task { await gate.enter(.actuation) }
    try await eventually("both wait") { gate.waiting == 2 }
    first.cancel()
    #expect(await first.value == false)
    gate.leave(.actuation)
    #expect(await second.value)
    #expect(gate.underWay == 1)
  }

  @Test func reviewsThatStrangersCauseLeavePlacesForEverybodyElse() async throws {
    let gate = RequestGate(limit: 64)
    for _ in 0..<24 { #expect(await gate.enter(.review)) }
    let waiting = Task { await gate.enter(.review) }
    try await eventually("it waits") { gate.waiting == 1 }
    // The reviews that wait do not stand before them.
    for _ in 0..<32 { #expect(await gate.enter(.reconciliation)) }
    #expect(gate.underWay == 56)
    for _ in 0..<32 { gate.leave(.reconciliation) }
    #expect(gate.waiting == 1)
    gate.leave(.review)
    #expect(await waiting.value)
    #expect(gate.underWay == 24)
  }
}
