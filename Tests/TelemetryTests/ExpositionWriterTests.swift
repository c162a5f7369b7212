import Telemetry
import Testing

@Suite struct ExpositionWriterTests {
  static let gauge = MetricFamily("test_gauge", .gauge, labels: ["namespace", "name"], "A gauge.")
  static let plain = MetricFamily("test_total", .counter, "A \\ counter\nof two lines.")

  @Test func headerSeriesAndEscapes() {
    var writer = ExpositionWriter()
    writer.write(Self.gauge) { series in
      series.add(["a", #"back\slash "quoted""#], 1)
      series.add(["a", "line\nbreak ü"], -2.5)
    }
    writer.write(Self.plain, 7)
    #expect(
      writer.text == #"""
        # HELP test_gauge A gauge.
        # TYPE test_gauge gauge
        test_gauge{namespace="a",name="back\\slash \"quoted\""} 1
        test_gauge{namespace="a",name="line\nbreak ü"} -2.5
        # HELP test_total A \\ counter\nof two lines.
        # TYPE test_total counter
        test_total 7

        """#)
  }

  @Test(arguments: [
    (0.0, "0"), (-0.0, "0"), (1, "1"), (-17, "-17"), (0.25, "0.25"), (1e15, "1000000000000000"),
    (9_007_199_254_740_992, "9007199254740992"), (1e20, "1e+20"), (1e-9, "1e-09"), (.nan, "NaN"), (.infinity, "+Inf"),
    (-.infinity, "-Inf"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (1_795_238_745.5, "1795238745.5"),
  ]) func numbers(_ value: Double, _ text: String) {
    var writer = ExpositionWriter()
    writer.write(Self.plain, value)
    #expect(writer.text.split(separator: "\n").last == "test_total \(text)")
  }

  @Test func seriesAreSortedAndUnique() {
    var writer = ExpositionWriter()
    writer.write(Self.gauge) { series in
      for (index, label) in ["c", "a", "b", "a", "c", "ab", ""].enumerated() {
        series.add([label, "x"], Double(index))
      }
    }
    #expect(
      writer.text.split(separator: "\n").dropFirst(2) == [
        #"test_gauge{namespace="",name="x"} 6"#, #"test_gauge{namespace="a",name="x"} 1"#,
        #"test_gauge{namespace="ab",name="x"} 5"#, #"test_gauge{namespace="b",name="x"} 2"#,
        #"test_gauge{namespace="c",name="x"} 0"#,
      ])
  }

  @Test func duplicatesInOrderAreDroppedToo() {
    var writer = ExpositionWriter()
    writer.write(Self.gauge) { series in
      series.add(["a", "x"], 1)
      series.add(["a", "x"], 2)
      series.add(["b", "x"], 3)
    }
    writer.write(Self.plain) { series in
      series.add([], 1)
      series.add([], 2)
    }
    let lines = writer.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(
      lines == [#"test_gauge{namespace="a",name="x"} 1"#, #"test_gauge{namespace="b",name="x"} 3"#, "test_total 1"])
  }

  @Test func emptyFamiliesAndSecondWritesLeaveNoTrace() {
    var writer = ExpositionWriter()
    writer.write(Self.gauge) { _ in }
    #expect(writer.text.isEmpty)
    writer.write(Self.gauge) { $0.add(["a", "b"], 1) }
    let before = writer.text
    writer.write(Self.gauge) { $0.add(["c", "d"], 1) }
    #expect(writer.text == before)
  }

  @Test func wrongNumbersOfLabels() {
    var writer = ExpositionWriter()
    writer.write(Self.gauge) { series in
      series.add(["a"], 1)
      series.add(["b", "c", "d"], 2)
    }
    #expect(
      writer.text.split(separator: "\n").dropFirst(2) == [
        #"test_gauge{namespace="a",name=""} 1"#, #"test_gauge{namespace="b",name="c"} 2"#,
      ])
  }

  @Test func anErrorWhileFillingKeepsTheText() {
    struct Broken: Error {}
    var writer = ExpositionWriter()
    writer.write(Self.plain, 1)
    let before = writer.text
    #expect(throws: Broken.self) { try writer.write(Self.gauge) { _ in throw Broken() } }
    #expect(writer.text == before)
  }

  @Test func histograms() {
    let family = MetricFamily("test_seconds", .histogram, labels: ["code"], "Seconds.")
    let histogram = Histogram(bounds: [0.1, 1])
    for value in [0.05, 0.1, 0.5, 3, .nan] { histogram.observe(value) }
    var writer = ExpositionWriter()
    writer.write(family) { series in
      series.add(["500"], HistogramSnapshot(bounds: [0.1, 1], counts: [-3, 0, 1, 4], sum: 9))
      series.add(["200"], histogram.snapshot)
    }
    #expect(
      writer.text == """
        # HELP test_seconds Seconds.
        # TYPE test_seconds histogram
        test_seconds_bucket{code="200",le="0.1"} 2
        test_seconds_bucket{code="200",le="1"} 3
        test_seconds_bucket{code="200",le="+Inf"} 4
        test_seconds_sum{code="200"} 3.65
        test_seconds_count{code="200"} 4
        test_seconds_bucket{code="500",le="0.1"} 0
        test_seconds_bucket{code="500",le="1"} 0
        test_seconds_bucket{code="500",le="+Inf"} 5
        test_seconds_sum{code="500"} 9
        test_seconds_count{code="500"} 5

        """)
  }

  @Test func aHistogramWithoutLabels() {
    var writer = ExpositionWriter()
    writer.write(MetricFamily("test_size", .histogram, "Sizes.")) {
      $0.add([], HistogramSnapshot(bounds: [1], counts: [1, 2], sum: 5))
    }
    #expect(
      writer.text.split(separator: "\n").dropFirst(2) == [
        #"test_size_bucket{le="1"} 1"#, #"test_size_bucket{le="+Inf"} 3"#, "test_size_sum 5", "test_size_count 3",
      ])
  }
}
