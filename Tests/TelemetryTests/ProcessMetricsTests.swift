import Synchronization
import Telemetry
import Testing

@Suite struct ProcessMetricsTests {
  static let files = [
    "/proc/self/stat":
      "42 (we) ird (name)) S 1 42 42 0 -1 4194560 5000 0 0 0 250 150 0 0 20 0 7 0 12345 104857600 2560 18446744073709551615",
    "/proc/stat": "cpu 1 2 3\nintr 5\nbtime 1700000000\nprocesses 9\n",
    "/proc/self/limits":
      "Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 524288  files\n",
  ]

  static func text(_ files: [String: String], entries: Int? = 17) -> String {
    var writer = ExpositionWriter()
    ProcessMetrics(ticksPerSecond: 100, pageBytes: 4096, read: { files[$0] }, countEntries: { _ in entries })
      .write(to: &writer)
    return writer.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
  }

  @Test func readsProc() {
    #expect(
      Self.text(Self.files) == """
        process_cpu_seconds_total 4
        process_virtual_memory_bytes 104857600
        process_resident_memory_bytes 10485760
        process_start_time_seconds 1700000123.45
        process_open_fds 17
        process_max_fds 1024
        """)
  }

  @Test(arguments: ["", "42", "42 (name", "42 (name)", "42 (name) S x y z", "42 (name) S 1 2 3 4 5 6 7 8 9 10 11 x y"])
  func brokenFilesGiveNothing(_ status: String) {
    #expect(Self.text(["/proc/self/stat": status], entries: nil) == "")
  }

  @Test func unlimitedFilesAreLeftOut() {
    #expect(Self.text(["/proc/self/limits": "Max open files   unlimited  unlimited  files"], entries: nil) == "")
  }

  #if os(Linux)
    @Test func thisProcess() throws {
      var writer = ExpositionWriter()
      ProcessMetrics.current.write(to: &writer)
      let memory = try #require(writer.text.firstMatch(of: /(?m)^process_resident_memory_bytes (\d+)$/))
      #expect(try #require(Double(memory.output.1)) > 1_000_000)
      #expect(writer.text.contains("\nprocess_open_fds "))
      #expect(writer.text.contains("\nprocess_start_time_seconds "))
    }
  #endif
}
