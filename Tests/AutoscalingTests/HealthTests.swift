internal import Autoscaling
internal import KubernetesAPI
internal import Testing

@Suite struct HealthTests {
  @Test func countsEveryReadingOnceWhoeverAsked() {
    var book = HealthBook()
    let failed = Samples.reading(nil, at: 10)
    for _ in 0..<5 { book.count(failed, of: "s0-a") }
    #expect(book["s0-a"]?.numberOfFailures == 1)
    book.count(Samples.reading(nil, at: 11), of: "s0-a")
    #expect(book["s0-a"]?.numberOfFailures == 2)
    book.count(Samples.reading(7, at: 12), of: "s0-a")
    #expect(book.status == ["s0-a": HealthStatus(numberOfFailures: 0, status: "Happy")])
  }

  @Test func anOlderReadingThatComesLateChangesNothing() {
    var book = HealthBook()
    book.count(Samples.reading(7, at: 12), of: "s0-a")
    book.count(Samples.reading(nil, at: 11), of: "s0-a")
    #expect(book["s0-a"]?.isFailing == false)
  }

  @Test func pollAndQueryCountTheSameReadingOnce() {
    let spec = Samples.spec(fallback: FallbackSpec(failureThreshold: 1, replicas: 5))
    let reading = Samples.reading(nil, at: 10)
    let now = Timestamp(seconds: 10)
    let poll = ScaledObjectEvaluation(of: spec, readings: [reading], state: Samples.state(1), now: now)
    let query = MetricQuery(
      "S0-Orders", of: spec, readings: [reading], health: poll.health, replicas: ReplicaFacts(current: 1), now: now)
    #expect(query.health["s0-orders"]?.numberOfFailures == 1)
    let next = MetricQuery(
      "s0-orders", of: spec, readings: [Samples.reading(nil, at: 11)], health: query.health,
      replicas: ReplicaFacts(current: 1), now: now)
    #expect(next.health["s0-orders"]?.numberOfFailures == 2)
    #expect((try? next.result.get())?.map(\.quantity) == [Quantity(50)])
  }

  @Test func startsFromTheStatusAndNeverOverflows() {
    var book = HealthBook(status: ["s0-a": HealthStatus(numberOfFailures: .max, status: "Failing")])
    book.count(Samples.reading(nil, at: 1), of: "s0-a")
    #expect(book.status == ["s0-a": HealthStatus(numberOfFailures: .max, status: "Failing")])
    #expect(book.exceeds(3))
    book.keepOnly(["s0-b"])
    #expect(book.status.isEmpty)
  }

  @Test func withoutFallbackNothingIsCounted() {
    let result = Samples.evaluate(Samples.spec(), [nil], current: 1)
    #expect(result.health.status.isEmpty)
    #expect(result.conditions.contains(KEDACondition.noFallback))
  }

  /// As in KEDA, which prunes by the names of the metrics alone.
  @Test func whatWasCountedStaysWhenTheFallbackGoes() {
    let failing = HealthStatus(numberOfFailures: 4, status: "Failing")
    let before = HealthBook(status: ["s0-orders": failing, "s1-gone": failing])
    let result = Samples.evaluate(Samples.spec(), [7], current: 1, health: before)
    #expect(result.health.status == ["s0-orders": failing])
    #expect(result.conditions.contains(KEDACondition.noFallback))
  }
}
