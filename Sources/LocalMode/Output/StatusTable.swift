internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import Manifests

/// The live table: one line per object, and below it one line per further trigger.
struct StatusTable {
  struct Row: Hashable {
    var cells: [String]
  }

  static let headings = ["OBJECT", "ACTIVE", "METRIC / TARGET", "REPLICAS", "WHY"]

  let rows: [Row]

  init(_ objects: [ObjectSnapshot]) {
    rows = objects.flatMap(Self.rows)
  }

  private static func rows(of object: ObjectSnapshot) -> [Row] {
    let state = object.isPaused ? "paused" : object.isFallbackActive ? "fallback" : object.isActive ? "yes" : "no"
    let why = object.reasons.first?.message ?? "not decided yet"
    let triggers = object.triggers.map(cell)
    var rows = [Row(cells: ["\(object.key)", state, triggers.first ?? "", replicas(of: object), why])]
    rows += triggers.dropFirst().map { Row(cells: ["", "", $0, "", ""]) }
    return rows
  }

  private static func cell(_ trigger: ObjectSnapshot.TriggerSnapshot) -> String {
    guard trigger.isExternal else { return "\(trigger.metricName): decided by the HPA" }
    let value = trigger.value.map(\.shortText) ?? "unknown"
    return "\(trigger.metricName) \(value) / \(trigger.target)"
  }

  /// `20 → 50`; with the ready ones where some are still starting: `20 (12 ready) → 50`.
  private static func replicas(of object: ObjectSnapshot) -> String {
    guard let replicas = object.replicas else { return "?" }
    let ready = replicas.readyReplicas < replicas.specReplicas ? " (\(replicas.readyReplicas) ready)" : ""
    return "\(replicas.specReplicas)\(ready) → \(object.desiredReplicas.map(String.init) ?? "?")"
  }

  /// The table as text, each line at most `width` columns; columns are as wide as they need to be, the last one gets the
  /// rest.
  func text(width: Int?) -> String {
    let all = [Row(cells: Self.headings)] + rows
    let widths = Self.headings.indices.map { column in all.map { $0.cells[column].count }.max() ?? 0 }
    return all.map { row in
      let line = row.cells.enumerated().map { column, cell in
        column == row.cells.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      .joined(separator: "  ")
      guard let width, line.count > width else { return line }
      return line.prefix(max(1, width - 1)) + "…"
    }
    .joined(separator: "\n")
  }
}
