internal import Foundation

/// Measures speed and size on this machine, against real servers that it starts and stops itself, and prints the table of
/// docs/performance.md.
///
///     swell-bench [row…]      all rows, or those named
///
/// `SWELL` names the program to measure, `.build/release/swell` unless given.
@main
enum SwellBench {
  static let rows: [Row] = [
    .connections, .redisSweep, .cpu, .memory, .throughput, .latency, .kafkaSweep, .start, .cluster,
  ]

  static func main() async {
    let wanted = CommandLine.arguments.dropFirst()
    let known = Set(rows.map(\.name))
    guard wanted.allSatisfy(known.contains) else {
      report("rows: \(rows.map(\.name).joined(separator: " "))")
      exit(2)
    }
    print(MachineFacts.text, terminator: "\n\n")
    print("| row | what | KEDA | target | measured | |\n|---|---|---|---|---|---|")
    var isMissed = false
    for row in rows where wanted.isEmpty || wanted.contains(row.name) {
      report("measuring \(row.name) …")
      let result: String
      do {
        let figures = try await row.measure()
        let isReached = zip(figures, row.bounds).allSatisfy { $1.isReached(by: $0.value) }
        result = figures.map(\.text).joined(separator: " / ") + " | " + (isReached ? "✓" : "✗")
        isMissed = isMissed || !isReached
      } catch {
        result = "failed: \(error) | ✗".replacingOccurrences(of: "\n", with: " ")
        isMissed = true
      }
      let target = row.bounds.map(\.text).joined(separator: " / ")
      print("| \(row.name) | \(row.what) | \(row.keda) | \(target) | \(result) |")
      fflush(nil)
    }
    exit(isMissed ? 1 : 0)
  }

  /// Tells what goes on, beside the table.
  static func report(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
