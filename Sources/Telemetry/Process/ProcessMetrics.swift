internal import Foundation

/// What the process itself uses, from Linux' `/proc`. Elsewhere, and where a file cannot be read, nothing is written.
public struct ProcessMetrics: Sendable {
  /// Reads a file; nil where it cannot be read.
  private let read: @Sendable (String) -> String?
  /// Counts the entries of a folder.
  private let countEntries: @Sendable (String) -> Int?
  private let ticksPerSecond: Double
  private let pageBytes: Double

  public init(
    ticksPerSecond: Double, pageBytes: Double, read: @escaping @Sendable (String) -> String?,
    countEntries: @escaping @Sendable (String) -> Int?
  ) {
    self.read = read
    self.countEntries = countEntries
    self.ticksPerSecond = ticksPerSecond
    self.pageBytes = pageBytes
  }

  /// Of this process.
  public static let current = ProcessMetrics(
    ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))), pageBytes: Double(sysconf(Int32(_SC_PAGESIZE))),
    read: { path in
      FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    },
    countEntries: { try? FileManager.default.contentsOfDirectory(atPath: $0).count })

  public func write(to writer: inout ExpositionWriter) {
    if let fields = statusFields {
      func number(_ field: Int) -> Double? { fields.indices.contains(field) ? Double(fields[field]) : nil }
      // Numbered as in proc(5), where the third field is the first after the command's name.
      let (userTicks, systemTicks, startTicks) = (number(14 - 3), number(15 - 3), number(22 - 3))
      if let userTicks, let systemTicks {
        writer.write(.processCPU, (userTicks + systemTicks) / ticksPerSecond)
      }
      if let bytes = number(23 - 3) { writer.write(.processVirtualMemory, bytes) }
      if let pages = number(24 - 3) { writer.write(.processMemory, pages * pageBytes) }
      if let startTicks, let bootTime { writer.write(.processStartTime, bootTime + startTicks / ticksPerSecond) }
    }
    if let count = countEntries("/proc/self/fd") { writer.write(.processOpenFiles, Double(count)) }
    if let maxFiles { writer.write(.processMaxFiles, maxFiles) }
  }

  /// The fields of `/proc/self/stat` after the command's name, which stands in parentheses and may hold anything.
  private var statusFields: [Substring]? {
    guard let text = read("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
    return text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
  }

  private var bootTime: Double? {
    line("/proc/stat", startingWith: "btime ").flatMap { Double($0.trimmingCharacters(in: .whitespaces)) }
  }

  /// The soft limit; `unlimited` gives nil.
  private var maxFiles: Double? {
    line("/proc/self/limits", startingWith: "Max open files")?.split(separator: " ").first.flatMap { Double($0) }
  }

  /// What follows `prefix` on its line.
  private func line(_ path: String, startingWith prefix: String) -> String? {
    read(path)?.split(separator: "\n").first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }
}
