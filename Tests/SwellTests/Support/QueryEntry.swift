internal import Foundation

/// One object of `swell query -o json`.
struct QueryEntry: Decodable {
  struct Trigger: Decodable {
    var index: Int
    var type: String
    var metricName: String
    var target: String
    var endpoint: String?
    var value: Double?
    var unknown: String?
    var answer: String
    var roundTripMilliseconds: Double
  }

  var namespace: String
  var name: String
  var active: Bool
  var desiredReplicas: Int?
  var reasons: [DecisionLine.Reason]
  var triggers: [Trigger]

  static func all(in output: String) throws -> [QueryEntry] {
    try JSONDecoder().decode([QueryEntry].self, from: Data(output.utf8))
  }
}
