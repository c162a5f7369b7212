internal import KubernetesAPI

extension StructuralSchema {
  /// Everything that is wrong with the value, in the real server's words. CEL rules are judged only when the rest is
  /// in order, as there.
  func findings(in value: JSONValue, old: JSONValue?) -> [Finding] {
    var findings: [Finding] = []
    validate(value, at: "", &findings)
    if findings.isEmpty {
      judge(value, old: old, at: "", &findings)
    } else if hasRules {
      findings.append(
        Finding(
          field: "<nil>", reason: .invalid,
          message: "Invalid value: \"null\": some validation rules were not checked because the object was invalid; "
            + "correct the existing errors to complete validation"))
    }
    return findings
  }

  private var hasRules: Bool {
    !rules.isEmpty || properties.values.contains { $0.hasRules } || items?.hasRules == true
      || additional?.hasRules == true
  }

  func validate(_ value: JSONValue, at path: String, _ findings: inout [Finding]) {
    if value.isNull, isNullable { return }
    guard checkType(value, at: path, &findings) else { return }
    checkEnum(value, at: path, &findings)
    switch value {
    case .object(let fields): check(fields, at: path, &findings)
    case .array(let elements): check(elements, at: path, &findings)
    case .string(let text): check(text, at: path, &findings)
    case .integer(let number): check(Double(number), value, at: path, &findings)
    case .double(let number): check(number, value, at: path, &findings)
    default: break
    }
    checkCombinations(value, at: path, &findings)
  }

  private func checkType(_ value: JSONValue, at path: String, _ findings: inout [Finding]) -> Bool {
    let fits: Bool
    if isIntOrString {
      fits = value.text != nil || value.int != nil
      if !fits { findings.append(.typeInvalid(path, value, "integer,string")) }
      return fits
    }
    switch kind {
    case nil: return true
    case .object: fits = value.fields != nil
    case .array: fits = value.items != nil
    case .string: fits = value.text != nil
    case .boolean: fits = value.flag != nil
    case .integer: fits = value.int != nil
    case .number:
      switch value {
      case .integer, .double: fits = true
      default: fits = false
      }
    }
    if !fits { findings.append(.typeInvalid(path, value, kind?.rawValue ?? "")) }
    return fits
  }

  private func checkEnum(_ value: JSONValue, at path: String, _ findings: inout [Finding]) {
    guard !allowed.isEmpty, !allowed.contains(value) else { return }
    findings.append(.notSupported(path, value, allowed.map { $0.text ?? JSONText.text($0) }))
  }

  private func check(_ fields: [String: JSONValue], at path: String, _ findings: inout [Finding]) {
    for key in required where fields[key] == nil { findings.append(.required(path.isEmpty ? key : "\(path).\(key)")) }
    let count = JSONValue.integer(Int64(fields.count))
    if let minimum = limits.minProperties, fields.count < minimum {
      findings.append(.invalid(path, count, "\(path) in body should have at least \(minimum) properties"))
    }
    if let maximum = limits.maxProperties, fields.count > maximum {
      findings.append(
        Finding(field: path, reason: .tooMany, message: "Too many: \(fields.count): must have at most \(maximum) items")
      )
    }
    for key in fields.keys.sorted() {
      guard let field = fields[key], let schema = properties[key] ?? additional else { continue }
      schema.validate(field, at: path.isEmpty ? key : "\(path).\(key)", &findings)
    }
  }

  private func check(_ elements: [JSONValue], at path: String, _ findings: inout [Finding]) {
    if let minimum = limits.minItems, elements.count < minimum {
      findings.append(
        .invalid(path, .integer(Int64(elements.count)), "\(path) in body should have at least \(minimum) items"))
    }
    if let maximum = limits.maxItems, elements.count > maximum {
      findings.append(
        Finding(
          field: path, reason: .tooMany, message: "Too many: \(elements.count): must have at most \(maximum) items"))
    }
    for (index, element) in elements.enumerated() { items?.validate(element, at: "\(path)[\(index)]", &findings) }
    var seen: Set<JSONValue> = []
    for (index, element) in elements.enumerated() {
      let identity: JSONValue
      if listType == "map" {
        identity = .array(listMapKeys.map { element[$0] ?? items?.properties[$0]?.defaultValue ?? .null })
      } else if listType == "set" {
        identity = element
      } else {
        break
      }
      if !seen.insert(identity).inserted {
        let shown =
          listType == "set"
          ? element : .object(Dictionary(zip(listMapKeys, identity.items ?? [])) { _, last in last })
        findings.append(.duplicate("\(path)[\(index)]", shown))
      }
    }
  }

  private func check(_ text: String, at path: String, _ findings: inout [Finding]) {
    let length = text.unicodeScalars.count
    if let minimum = limits.minLength, length < minimum {
      findings.append(.invalid(path, .string(text), "\(path) in body should be at least \(minimum) chars long"))
    }
    if let maximum = limits.maxLength, length > maximum {
      findings.append(
        Finding(field: path, reason: .tooLong, message: "Too long: may not be more than \(maximum) bytes"))
    }
    if let pattern, !pattern.matches(text) {
      findings.append(.invalid(path, .string(text), "\(path) in body should match '\(pattern.text)'"))
    }
    if format == "micro-time", !Self.isMicroTime(text) {
      findings.append(
        .invalid(path, .string(text), "cannot parse as \"2006-01-02T15:04:05.000000Z07:00\": six digits of fraction"))
    }
    if format == "date-time", Timestamp(rfc3339: text) == nil {
      findings.append(.invalid(path, .string(text), "\(path) in body must be of type date-time: \"\(text)\""))
    }
  }

  /// A `MicroTime` has exactly six digits of fraction: Go reads no other.
  private static func isMicroTime(_ text: String) -> Bool {
    guard Timestamp(rfc3339: text) != nil, let point = text.firstIndex(of: ".") else { return false }
    return text[text.index(after: point)...].prefix { $0.isNumber }.count == 6
  }

  private func check(_ number: Double, _ value: JSONValue, at path: String, _ findings: inout [Finding]) {
    if format == "int32", abs(number) > 2_147_483_647 {
      findings.append(.invalid(path, value, "Checked value must be of type integer with format int32"))
    }
    if let minimum = limits.minimum, limits.exclusiveMinimum ? number <= minimum : number < minimum {
      let words = limits.exclusiveMinimum ? "greater than" : "greater than or equal to"
      findings.append(.invalid(path, value, "\(path) in body should be \(words) \(JSONText.plain(minimum))"))
    }
    if let maximum = limits.maximum, limits.exclusiveMaximum ? number >= maximum : number > maximum {
      let words = limits.exclusiveMaximum ? "less than" : "less than or equal to"
      findings.append(.invalid(path, value, "\(path) in body should be \(words) \(JSONText.plain(maximum))"))
    }
    if let factor = limits.multipleOf, factor > 0, number.truncatingRemainder(dividingBy: factor) != 0 {
      findings.append(.invalid(path, value, "\(path) in body should be a multiple of \(JSONText.plain(factor))"))
    }
  }

  private func checkCombinations(_ value: JSONValue, at path: String, _ findings: inout [Finding]) {
    func fits(_ schema: StructuralSchema) -> Bool {
      var inner: [Finding] = []
      schema.validate(value, at: path, &inner)
      return inner.isEmpty
    }
    func report(_ what: String) {
      findings.append(.invalid(path, value.fields == nil ? value : "", "\(path) in body \(what)"))
    }
    for schema in allOf { schema.validate(value, at: path, &findings) }
    if !anyOf.isEmpty, !anyOf.contains(where: fits) { report("must validate at least one schema (anyOf)") }
    if !oneOf.isEmpty, oneOf.filter(fits).count != 1 { report("must validate one and only one schema (oneOf)") }
    if let not, fits(not) { report("must not validate the schema (not)") }
  }

  /// The CEL rules of this value and of everything in it.
  private func judge(_ value: JSONValue, old: JSONValue?, at path: String, _ findings: inout [Finding]) {
    if value.isNull { return }
    for rule in rules {
      if let finding = rule.judge(value, old: old, at: path) { findings.append(finding) }
    }
    switch value {
    case .object(let fields):
      for key in fields.keys.sorted() {
        guard let field = fields[key], let schema = properties[key] ?? additional else { continue }
        schema.judge(field, old: old?[key], at: path.isEmpty ? key : "\(path).\(key)", &findings)
      }
    case .array(let elements):
      // Elements of a list have no old value, unless it is a map by key; transition rules there are rare.
      for (index, element) in elements.enumerated() {
        items?.judge(element, old: nil, at: "\(path)[\(index)]", &findings)
      }
    default: break
    }
  }
}
