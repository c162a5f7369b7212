internal import KubernetesAPI

/// What a rule of a CustomResourceDefinition may cost at most, as the API server reckons it before it takes the
/// definition: by the sizes that the schema allows, and by what fits into a request where it allows any
/// (`apiserver/pkg/cel`). A little rougher than there, and never by as much as an order of magnitude.
enum RuleCost {
  /// For one rule, in all of its places together.
  static let limit: UInt64 = 10_000_000
  private static let requestSize: UInt64 = 3 << 20

  static func multiplied(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? .max : product
  }

  private static func sum(_ values: UInt64...) -> UInt64 {
    values.reduce(0) { total, value in
      let (sum, overflow) = total.addingReportingOverflow(value)
      return overflow ? .max : sum
    }
  }

  /// As messages say it: `more than 100x` beyond two orders of magnitude.
  static func factor(_ cost: UInt64) -> String {
    let factor = Double(cost) / Double(limit)
    return factor > 100 ? "more than 100x" : "\((factor * 10).rounded() / 10)x"
  }

  /// The most elements of an array, or entries of a map.
  static func mostItems(of schema: JSONValue) -> UInt64 {
    let isMap = schema["additionalProperties"] != nil
    if let most = schema[isMap ? "maxProperties" : "maxItems"]?.int { return UInt64(max(0, most)) }
    let inner = schema[isMap ? "additionalProperties" : "items"] ?? .null
    return (requestSize - 2) / (leastSize(of: inner) + (isMap ? 6 : 1))
  }

  /// The fewest bytes that a value takes up in JSON.
  private static func leastSize(of schema: JSONValue) -> UInt64 {
    switch schema["type"]?.text {
    case "string", "array": return 2
    case "boolean": return 4
    case "object":
      return (schema["required"]?.items ?? []).compactMap(\.text).reduce(2) { size, key in
        sum(size, UInt64(key.utf8.count) + 4, leastSize(of: schema["properties", key] ?? .null))
      }
    default: return 1
    }
  }

  /// - Parameter schema: of `self`.
  static func cost(of expression: CELExpression, in schema: JSONValue) -> UInt64 {
    cost(of: expression, ["self": schema, "oldSelf": schema])
  }

  private static func cost(of expression: CELExpression, _ schemas: [String: JSONValue]) -> UInt64 {
    func cost(_ inner: CELExpression) -> UInt64 { Self.cost(of: inner, schemas) }
    switch expression {
    case .literal: return 0
    case .variable: return 1
    case .field(let object, _), .has(let object, _), .not(let object), .negative(let object):
      return sum(1, cost(object))
    case .index(let object, let key): return sum(1, cost(object), cost(key))
    case .binary(let name, let left, let right):
      let work: UInt64 =
        switch name {
        case "&&", "||": 0
        case "in": sum(1, size(of: right, schemas))
        default: sum(1, min(size(of: left, schemas), size(of: right, schemas)) / 10)
        }
      return sum(work, cost(left), cost(right))
    case .conditional(let condition, let yes, let no): return sum(cost(condition), max(cost(yes), cost(no)))
    case .list(let items): return items.reduce(10) { sum($0, cost($1)) }
    case .call(let name, let arguments):
      let text = arguments.first.map { size(of: $0, schemas) } ?? 0
      let pattern = arguments.count > 1 ? arguments.last.map { size(of: $0, schemas) } ?? 0 : 0
      let work: UInt64 =
        switch name {
        case "size": 1
        case "matches": multiplied(sum(1, text / 10), sum(1, pattern / 4))
        default: sum(1, text / 10)
        }
      return arguments.reduce(work) { sum($0, cost($1)) }
    case .macro(_, let target, let variable, let body):
      var inner = schemas
      let range = Self.schema(of: target, schemas)
      // Over a map it goes by the keys.
      inner[variable] = range?["items"] ?? ["type": "string"]
      return sum(cost(target), multiplied(size(of: target, schemas), sum(2, Self.cost(of: body, inner))))
    }
  }

  private static func schema(of expression: CELExpression, _ schemas: [String: JSONValue]) -> JSONValue? {
    switch expression {
    case .variable(let name): return schemas[name]
    case .field(let object, let name):
      let outer = schema(of: object, schemas)
      return outer?["properties", name] ?? outer?["additionalProperties"]
    case .index(let object, _):
      let outer = schema(of: object, schemas)
      return outer?["items"] ?? outer?["additionalProperties"]
    default: return nil
    }
  }

  /// The most elements or bytes of a value; 1 of what has no size.
  private static func size(of expression: CELExpression, _ schemas: [String: JSONValue]) -> UInt64 {
    switch expression {
    case .literal(let value): return UInt64(value.text?.utf8.count ?? 1)
    case .list(let items): return UInt64(items.count)
    case .call(_, let arguments): return arguments.first.map { size(of: $0, schemas) } ?? 1
    default: break
    }
    guard let schema = schema(of: expression, schemas) else { return 1 }
    if schema["x-kubernetes-int-or-string"] == true { return requestSize }
    switch schema["type"]?.text {
    case "array": return mostItems(of: schema)
    case "object": return schema["additionalProperties"] == nil ? 1 : mostItems(of: schema)
    case "string": return stringSize(schema)
    default: return 1
    }
  }

  private static func stringSize(_ schema: JSONValue) -> UInt64 {
    if let most = schema["maxLength"]?.int { return multiplied(UInt64(max(0, most)), 4) }
    let longest = (schema["enum"]?.items ?? []).compactMap { $0.text?.utf8.count }.max()
    return longest.map { UInt64($0) } ?? requestSize - 2
  }
}
