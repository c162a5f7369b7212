import Telemetry
import Testing

@Suite struct ValuesTests {
  @Test func countersAndHistogramsLoseNothing() async {
    let counter = Counter()
    let histogram = Histogram(bounds: [10, 100])
    let labelled = LabelledHistogram(bounds: [0.5])
    await withTaskGroup { group in
      for task in 0..<8 {
        group.addTask {
          for step in 0..<1_000 {
            counter.increment()
            histogram.observe(Double(step % 200))
            labelled.observe(1, labels: ["\(task % 2)"])
          }
        }
      }
    }
    counter.increment(by: 5)
    #expect(counter.value == 8_005)
    // Of 0…199: 11 values up to 10, 90 up to 100, 99 above; five rounds, eight tasks.
    #expect(histogram.snapshot.counts == [440, 3_600, 3_960])
    #expect(histogram.snapshot.count == 8_000)
    #expect(histogram.snapshot.sum == 8 * 5 * 19_900)
    #expect(labelled.snapshots.mapValues(\.counts) == [["0"]: [0, 4_000], ["1"]: [0, 4_000]])
  }
}
