import Telemetry

/// Makes `docs/metrics.md` from the catalogue.
enum MetricReference {
  static var text: String {
    var text = """
      # Metrics

      What Swell serves on its telemetry port under `/metrics`, in Prometheus' text format. Made from the catalogue in
      `Sources/Telemetry/Catalogue`; do not edit by hand.

      A name that ends in `_total` counts from the start of the process. Series of one object or source end with it.
      `dashboards/` has alerts and a Grafana dashboard over these metrics.

      """
    for (title, families) in MetricFamily.groups {
      text += "\n## \(title)\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n"
      for family in families {
        let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
        text += "| `\(family.name)` | \(family.kind.rawValue) | \(labels) | \(family.help) |\n"
      }
    }
    return text
  }
}
