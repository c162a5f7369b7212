/// One metric that Swell exposes: its name, what it says, and the labels of its series.
///
/// Dashboards, alerts and `docs/metrics.md` are checked against ``all``: a name that is not here is a name that nobody gets.
public struct MetricFamily: Hashable, Sendable {
  public enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  public var name: String
  public var kind: Kind
  /// One sentence, with the unit.
  public var help: String
  /// The names of the labels, in the order in which series give their values.
  public var labels: [String]

  public init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
  }

  /// Every family, by group and in the order of the documentation.
  public static let groups: [(title: String, families: [MetricFamily])] = [
    ("KEDA's metrics", keda), ("KEDA's older names", olderKEDA), ("Swell's objects", objects),
    ("Swell's sources", sources), ("Swell's API", api), ("The cluster", cluster), ("The process", process),
  ]

  public static let all: [MetricFamily] = groups.flatMap(\.families)
}
