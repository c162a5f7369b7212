internal import Foundation

/// What the figures were measured on.
enum MachineFacts {
  static var text: String {
    let load = read("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
    let memory = field("MemTotal", in: read("/proc/meminfo")).split(separator: " ").first.flatMap { Double($0) } ?? 0
    return """
      - CPU: \(field("model name", in: read("/proc/cpuinfo"))), \(ProcessInfo.processInfo.activeProcessorCount) cores
      - memory: \((memory / 1_048_576).formatted(.number.precision(.fractionLength(0)))) GiB
      - kernel: \(read("/proc/sys/kernel/osrelease")); \(field("PRETTY_NAME", in: read("/etc/os-release")))
      - load average at the start: \(load) (other work on the machine makes every figure worse)
      """
  }

  private static func read(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "?"
  }

  /// The value of the first `name: value` or `name=value`.
  private static func field(_ name: String, in text: String) -> String {
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? "=?"
    return line.split(maxSplits: 1) { $0 == ":" || $0 == "=" }.last.map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
    } ?? "?"
  }
}
