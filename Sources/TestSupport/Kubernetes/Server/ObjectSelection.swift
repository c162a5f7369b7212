internal import KubernetesAPI

/// Namespace, label selector and field selector of a list or watch.
struct ObjectSelection: Sendable {
  var namespace: String?
  var labels = LabelQuery()
  /// Path, wanted value, and whether it must be equal.
  var fields: [(path: [String], value: String, isEqual: Bool)] = []
  /// Of a watch on one object by name.
  var name: String?
  private let type: ResourceDefinition

  init(_ request: APIRequest, _ target: RequestTarget.ResourceTarget, _ type: ResourceDefinition) throws(APIError) {
    self.type = type
    namespace = target.namespace
    name = target.name
    if let text = request.parameter("labelSelector"), !text.isEmpty {
      do {
        labels = try LabelQuery(parsing: text)
      } catch {
        throw .badRequest("unable to parse requirement: \(error)")
      }
    }
    for part in (request.parameter("fieldSelector") ?? "").split(separator: ",") {
      fields.append(try Self.requirement(String(part), type))
    }
  }

  private static func requirement(
    _ text: String, _ type: ResourceDefinition
  ) throws(APIError) -> (path: [String], value: String, isEqual: Bool) {
    let operators = ["!=", "==", "="]
    guard let symbol = operators.first(where: { text.contains($0) }), let range = text.firstRange(of: symbol) else {
      throw .badRequest("invalid selector: '\(text)'; can't understand '\(text)'")
    }
    let label = String(text[..<range.lowerBound])
    let value = String(text[range.upperBound...])
    let known = type.fieldLabels.merging(
      ["metadata.name": ["metadata", "name"], "metadata.namespace": ["metadata", "namespace"]]
    ) { $1 }
    guard let path = known[label] else { throw .badRequest("field label not supported: \(label)") }
    return (path, value, symbol != "!=")
  }

  func matches(_ stored: StoredObject) -> Bool {
    if let namespace, stored.value.namespace != namespace { return false }
    if let name, stored.value.name != name { return false }
    if !labels.isEmpty, !labels.matches(stored.value.labels) { return false }
    guard !fields.isEmpty else { return true }
    let shown = type.shown(stored.value)
    return fields.allSatisfy { (shown[path: $0.path[...]]?.text ?? "" == $0.value) == $0.isEqual }
  }
}
