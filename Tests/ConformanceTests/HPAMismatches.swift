internal import KubernetesAPI
internal import TestSupport

/// Collects where a case differs from what was recorded.
struct HPAMismatches {
  var list: [String] = []
  var ignored: Set<String> = []

  /// - Parameter ignoring: `platformDependent` of the case.
  init(ignoring names: JSONValue?) {
    ignored = Set((names?.array ?? []).compactMap(\.string))
  }

  mutating func check(_ name: String, _ found: JSONValue, _ recorded: JSONValue?) {
    guard !ignored.contains(name), found != recorded ?? .null else { return }
    list.append("\(name) is \(found), recorded \(recorded ?? .null)")
  }
}
