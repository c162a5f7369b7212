internal import KubernetesAPI

/// Settings that are not plain text. A setting that is absent, or wrong (and noted), gives nil or the default.
extension MetadataReader {
  /// A whole number in JSON's form: `10`, `-3`.
  mutating func integer(_ parameter: Parameter) -> Int64? {
    guard let value = value(parameter) else { return nil }
    if let number = GoNumber.jsonInteger(value.text) { return number }
    let number = GoNumber.float(value.text) ?? 0
    if GoNumber.isTooLarge(value.text) || (number.isFinite && number.magnitude >= 0x1p63) {
      fail(value.field, "\(value.quoted) is too large: write a whole number up to \(Int64.max)")
    } else {
      fail(value.field, "\(value.quoted) is not a whole number: write digits only, such as 10, without leading zeros")
    }
    return nil
  }

  /// A number in JSON's form: `12`, `0.5`, `1e3`.
  mutating func number(_ value: Value) -> Double? {
    if let number = GoNumber.jsonNumber(value.text) { return number }
    if GoNumber.isTooLarge(value.text) {
      fail(value.field, "\(value.quoted) is too large: write a number below 1.8e308")
    } else {
      fail(value.field, "\(value.quoted) is not a number: write one such as 12, 0.5 or 1e3")
    }
    return nil
  }

  mutating func bool(_ parameter: Parameter, default fallback: Bool = false) -> Bool {
    guard let value = value(parameter) else { return fallback }
    if let bool = GoSyntax.bool(value.text) { return bool }
    fail(value.field, "\(value.quoted) is neither true nor false: write \"true\" or \"false\"")
    return fallback
  }

  /// Parts between commas, each trimmed; empty parts are kept.
  mutating func list(_ parameter: Parameter) -> [String] {
    guard let value = value(parameter) else { return [] }
    return value.parts
  }

  /// `key=value,key=value`. A value cannot contain `=` or a comma.
  mutating func map(_ parameter: Parameter) -> [String: String] {
    guard let value = value(parameter) else { return [:] }
    var map: [String: String] = [:]
    for part in value.parts {
      let pair = part.split(separator: "=", omittingEmptySubsequences: false)
      guard pair.count == 2 else {
        let shown = value.isSecret ? "a part" : "\"\(shortened(part))\""
        fail(
          value.field, "\(shown) is not of the form key=value: write key=value,key2=value2, no = or comma in a value")
        return [:]
      }
      map[pair[0].trimmedAsInGo] = pair[1].trimmedAsInGo
    }
    return map
  }

  /// `250ms`, `1m30s`, or a whole number of milliseconds. Not negative.
  mutating func duration(_ parameter: Parameter) -> Duration? {
    guard let value = value(parameter) else { return nil }
    guard let duration = GoSyntax.duration(value.text) else {
      fail(
        value.field,
        "\(value.quoted) is not a duration: write one such as 500ms or 3s, or a whole number of milliseconds")
      return nil
    }
    guard duration >= .zero else {
      fail(value.field, "\(value.quoted) is negative: write a duration such as 500ms or 3s")
      return nil
    }
    return duration
  }

  /// One of a few words.
  mutating func choice(_ parameter: Parameter, of choices: [String]) -> String? {
    guard let value = value(parameter) else { return nil }
    if choices.contains(value.text) { return value.text }
    fail(value.field, "\(value.quoted) is not known: write \(choices.inWords(or: true))")
    return nil
  }

  /// A list of words out of a few, of which at most one may be among `exclusive`.
  mutating func choices(_ parameter: Parameter, of choices: [String], exclusive: [String]) -> [String] {
    guard let value = value(parameter) else { return [] }
    for part in value.parts where !choices.contains(part) {
      let shown = value.isSecret ? "a part" : "\"\(shortened(part))\""
      fail(value.field, "\(shown) is not known: write a list of \(choices.inWords(or: true))")
      return []
    }
    guard value.parts.count(where: exclusive.contains) <= 1 else {
      fail(value.field, "\(value.quoted) has more than one of \(exclusive.inWords(or: false)): write one of them, once")
      return []
    }
    return value.parts
  }

  /// How the trigger's value is compared with its target, from `metricType`.
  mutating func targetType() -> TargetType {
    switch declaration.metricType ?? "" {
    case "": return .averageValue
    case "Utilization":
      fail("metricType", "\"Utilization\" is for cpu and memory triggers only: write \"AverageValue\" or \"Value\"")
    case let text:
      if let type = TargetType(rawValue: text) { return type }
      fail("metricType", "\"\(shortened(text))\" is not known: write \"AverageValue\" or \"Value\"")
    }
    return .averageValue
  }

  /// Notes a target that nothing can be divided by. Kubernetes refuses an HPA with such a target too. With
  /// scalingModifiers the trigger's own target is not used, and may be anything.
  mutating func requirePositive(_ target: Quantity, written: String, field: String) {
    guard !declaration.isMetricSource, target <= .zero else { return }
    fail(
      field, "the target \"\(shortened(written))\" is not greater than 0: write what one replica handles, such as 10")
  }
}

extension MetadataReader.Value {
  /// Parts between commas, each trimmed.
  var parts: [String] {
    text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmedAsInGo)
  }
}

extension [String] {
  /// `a, b or c`.
  func inWords(or: Bool) -> String {
    guard let last, count > 1 else { return first ?? "" }
    return dropLast().joined(separator: ", ") + (or ? " or " : " and ") + last
  }
}
