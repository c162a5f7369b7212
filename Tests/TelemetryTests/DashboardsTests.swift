import Foundation
import Telemetry
import TestSupport
import Testing

/// The files in `dashboards/`, checked by Prometheus' own tool and against the catalogue.
@Suite struct DashboardsTests {
  static func path(_ name: String) -> String { repository.appendingPathComponent("dashboards/\(name)").path }

  @Test func rulesAreValid() async throws {
    let (status, output) = try await promtool(["check", "rules", Self.path("swell-rules.yaml")])
    #expect(status == 0, "\(output)")
    #expect(output.contains("10 rules found"), "\(output)")
  }

  @Test func alertsFireWhenTheyShould() async throws {
    let (status, output) = try await promtool(["test", "rules", Self.path("swell-rules-test.yaml")])
    #expect(status == 0, "\(output)")
    #expect(output.contains("SUCCESS"), "\(output)")
  }

  @Test func everyAlertIsTestedAndExplained() throws {
    let rules = try file("dashboards/swell-rules.yaml")
    let tests = try file("dashboards/swell-rules-test.yaml")
    let alerts = rules.matches(of: /- alert: (\w+)/).map { String($0.output.1) }
    #expect(alerts.count == 10)
    for alert in alerts {
      #expect(tests.contains("alertname: \(alert),"), "\(alert) has no test of its silence")
      #expect(tests.contains("alertname=\"\(alert)\""), "\(alert) has no test of its firing")
    }
    for annotation in ["summary:", "description:", "runbook: |", "labels: {severity: "] {
      #expect(rules.components(separatedBy: annotation).count - 1 == alerts.count, "\(annotation)")
    }
  }

  @Test(arguments: ["swell-rules.yaml", "swell-rules-test.yaml", "swell-dashboard.json"])
  func everyMetricExists(_ name: String) throws {
    let names = metricNames(in: try file("dashboards/\(name)"))
    #expect(names.count >= 10)
    #expect(names.subtracting(exposedNames).isEmpty, "\(names.subtracting(exposedNames).sorted())")
  }

  @Test func dashboardIsWellFormed() throws {
    let dashboard = try Dashboard.load()
    #expect(dashboard.schemaVersion >= 36)
    #expect(dashboard.templating.list.contains { $0.name == "datasource" && $0.type == "datasource" })
    #expect(Set(dashboard.panels.map(\.id)).count == dashboard.panels.count)
    let rows = dashboard.panels.filter { $0.type == "row" }.map { $0.title }
    #expect(rows == ["What is scaling, and why", "Latency and errors", "Sources", "External metrics API", "Process"])
    for panel in dashboard.panels where panel.type != "row" {
      #expect(panel.description?.isEmpty == false, "\(panel.title)")
      #expect(panel.targets?.isEmpty == false, "\(panel.title)")
      #expect(panel.datasource?.uid == "${datasource}", "\(panel.title)")
      #expect(panel.gridPos.x + panel.gridPos.w <= 24, "\(panel.title)")
    }
    for (index, panel) in dashboard.panels.enumerated() {
      for other in dashboard.panels[(index + 1)...] where panel.gridPos.overlaps(other.gridPos) {
        Issue.record("\(panel.title) lies on \(other.title)")
      }
    }
  }

  /// Prometheus parses every query of the dashboard, as the rule of a group.
  @Test func dashboardQueriesAreValid() async throws {
    let queries = try Dashboard.load().panels.flatMap { $0.targets ?? [] }.map {
      $0.expr.replacingOccurrences(of: "$__rate_interval", with: "5m")
    }
    #expect(queries.count > 25)
    var rules = "groups:\n  - name: dashboard\n    rules:\n"
    for (index, query) in queries.enumerated() {
      rules += "      - record: panel:\(index)\n        expr: |\n          \(query)\n"
    }
    let folder = try TemporaryFolder()
    let (status, output) = try await promtool(["check", "rules", folder.write(rules, to: "rules.yaml")])
    #expect(status == 0, "\(output)")
  }
}

/// What the tests look at in Grafana's format.
private struct Dashboard: Decodable {
  struct Variable: Decodable {
    var name: String
    var type: String
  }
  struct Templating: Decodable { var list: [Variable] }
  struct DataSource: Decodable { var uid: String }
  struct Target: Decodable { var expr: String }
  struct Position: Decodable {
    var x: Int
    var y: Int
    var w: Int
    var h: Int

    func overlaps(_ other: Position) -> Bool {
      x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h
    }
  }
  struct Panel: Decodable {
    var id: Int
    var type: String
    var title: String
    var description: String?
    var datasource: DataSource?
    var targets: [Target]?
    var gridPos: Position
  }

  var schemaVersion: Int
  var templating: Templating
  var panels: [Panel]

  static func load() throws -> Dashboard {
    try JSONDecoder().decode(Dashboard.self, from: Data(file("dashboards/swell-dashboard.json").utf8))
  }
}
