internal import Autoscaling
internal import Engine
internal import Foundation
internal import KubernetesAPI
internal import Manifests
internal import Synchronization

/// Shows decisions on standard output as they are made.
final class DecisionOutput: EngineObserver {
  private let format: OutputFormat
  /// Draws the table in place; otherwise changed rows follow each other.
  private let isTerminal: Bool
  private let state = Mutex(State())

  private struct State {
    var shown: [ObjectKey: String] = [:]
    var notes: [String] = []
    /// By the live table, with what is below it.
    var drawnRows = 0
  }

  init(format: OutputFormat?, isTerminal: Bool) {
    self.format = format ?? (isTerminal ? .table : .json)
    self.isTerminal = isTerminal
  }

  func decided(_ record: DecisionRecord, object: ManagedObject, events: [ScaleEvent]) async {
    switch format {
    case .json: write(JSONText.line(record) + "\n")
    case .table where !isTerminal: showIfChanged(object.snapshot, at: record.time)
    case .table: break
    }
  }

  /// A remark beside the decisions: manifests that cannot be used, files that were read again.
  func note(_ text: String) {
    if isLive {
      state.withLock { state in
        state.notes.append(text)
        if state.notes.count > 8 { state.notes.removeFirst() }
      }
    } else {
      printError(text)
    }
  }

  /// A table that is drawn in place, again and again.
  var isLive: Bool { format == .table && isTerminal }

  /// Draws the whole table in the place of the one before; does nothing unless it is a live one. What stood on the terminal
  /// before the first one stays there.
  func draw(_ objects: [ObjectSnapshot]) {
    guard isLive else { return }
    let size = TerminalSize.current
    let columns = size?.columns ?? .max
    // A remark may take two rows.
    let notes = state.withLock { $0.notes }.map { note in
      note.count / 2 < columns ? note[...] : note.prefix(2 * columns - 1) + "…"
    }
    func rows(of lines: [Substring]) -> Int { lines.reduce(0) { $0 + max(0, $1.count - 1) / columns + 1 } }

    var lines = StatusTable(objects).text(width: size?.columns).split(separator: "\n", omittingEmptySubsequences: false)
    let limit = max(4, (size?.rows ?? 40) - rows(of: notes) - 2)
    if lines.count > limit {
      let hidden = lines.count - limit
      lines = lines.prefix(limit) + ["… and \(hidden) more lines"]
    }
    lines += [""] + notes
    let up = state.withLock { state in
      defer { state.drawnRows = rows(of: lines) }
      return state.drawnRows > 1 ? "\u{1B}[\(state.drawnRows - 1)A" : ""
    }
    // Each line's rest is erased, then everything below: no flicker.
    write("\r" + up + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\u{1B}[J")
  }

  func end() {
    if isLive { write("\n") }
  }

  private func showIfChanged(_ object: ObjectSnapshot, at time: Timestamp) {
    let rows = StatusTable([object]).rows.map { $0.cells.filter { !$0.isEmpty }.joined(separator: "  ") }
    let text = rows.joined(separator: "\n          ")
    let isNew = state.withLock { state in
      // The reason counts down seconds and names times; what it is about changes less often.
      let essence = rows.first.map { String($0.prefix { $0 != ";" }) } ?? ""
      return state.shown.updateValue(essence, forKey: object.key) != essence
    }
    if isNew { write("\(time.rfc3339.dropFirst(11).prefix(8))  \(text)\n") }
  }

  private func write(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
  }
}
