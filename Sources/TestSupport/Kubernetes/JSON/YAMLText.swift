internal import Foundation
public import KubernetesAPI
internal import Yams

/// Reads YAML as the API server and kubectl do: YAML 1.1 scalars, several documents, aliases resolved.
public enum YAMLText {
  /// Every document that is not empty.
  public static func documents(_ text: String) throws -> [JSONValue] {
    var result: [JSONValue] = []
    for node in try Yams.compose_all(yaml: text) {
      let value = value(node)
      if !value.isNull { result.append(value) }
    }
    return result
  }

  private static func value(_ node: Node) -> JSONValue {
    switch node {
    case .mapping(let mapping):
      var fields: [String: JSONValue] = [:]
      for (key, element) in mapping { fields[key.scalar?.string ?? ""] = value(element) }
      return .object(fields)
    case .sequence(let sequence): return .array(sequence.map(value))
    case .scalar(let scalar): return self.scalar(scalar, node)
    case .alias: return .null
    }
  }

  private static func scalar(_ scalar: Node.Scalar, _ node: Node) -> JSONValue {
    guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
    switch scalar.string {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "yes", "Yes", "on", "On": return .bool(true)
    case "false", "False", "FALSE", "no", "No", "off", "Off": return .bool(false)
    default: break
    }
    if let number = Int64(scalar.string) { return .integer(number) }
    let isNumber = scalar.string.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
    if isNumber, let number = Double(scalar.string), number.isFinite { return .double(number) }
    return .string(scalar.string)
  }
}
