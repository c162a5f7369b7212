internal import KubernetesAPI

/// One entry of `x-kubernetes-validations`.
struct CELRule: Sendable {
  let text: String
  let message: String
  let fieldPath: String
  let reason: Finding.Reason
  private let expression: CELExpression
  private let isTransition: Bool

  init(_ json: JSONValue, at path: String) throws(APIError) {
    text = json["rule"]?.text ?? ""
    fieldPath = json["fieldPath"]?.text ?? ""
    reason = json["reason"]?.text.flatMap { Finding.Reason(rawValue: $0) } ?? .invalid
    if let given = json["message"]?.text {
      message = given
    } else {
      message = "failed rule: \(text)"
    }
    if json["messageExpression"] != nil {
      throw .badRequest("\(path).messageExpression: the test API server does not evaluate message expressions")
    }
    do {
      expression = try CELParser.parse(text)
    } catch {
      throw .badRequest("\(path).rule: Invalid value: \"\(text)\": compilation failed: \(error.message)")
    }
    isTransition = text.contains("oldSelf")
  }

  /// What is wrong with `value`; nil when the rule holds.
  func judge(_ value: JSONValue, old: JSONValue?, at path: String) -> Finding? {
    if isTransition, old == nil { return nil }
    let shown: JSONValue = value.fields != nil ? "object" : value.items != nil ? "array" : value
    let place = path + fieldPath
    do {
      let result = try expression.evaluate(CELScope(["self": value, "oldSelf": old ?? .null]))
      if result == .bool(true) { return nil }
    } catch {
      return .invalid(place, shown, "\(message): rule evaluation error: \(error.message)")
    }
    var finding = Finding.invalid(place.isEmpty ? "<nil>" : place, shown, message)
    if reason != .invalid { finding.reason = reason }
    return finding
  }
}

/// Why an expression cannot be read or evaluated.
struct CELProblem: Error {
  var message: String
}

/// Names and their values.
struct CELScope {
  var values: [String: JSONValue]
  init(_ values: [String: JSONValue]) { self.values = values }

  func with(_ name: String, _ value: JSONValue) -> CELScope {
    var copy = self
    copy.values[name] = value
    return copy
  }
}
