internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// `keda/quantity.json`: Kubernetes' quantity functions and KEDA's four ways of making quantities.
@Suite("Quantity Conformance")
struct QuantityConformanceTests {
  static let file = "keda/quantity.json"

  /// Deliberate differences by case id, each with the heading of docs/differences-from-keda.md that explains it.
  static let differences: [String: String] = [
    "parse-k": "A quantity has a digit",
    "parse-minus": "A quantity has a digit",
    "parse-plus": "A quantity has a digit",
    "parse-dot": "A quantity has a digit",
    "milli-1e21": "Large quantities keep their exponent",
    "milli-1dot7976931348623157e308": "A finite quantity is a finite number",
  ]

  @Test func everyCaseIsAsRecorded() throws {
    let cases = try ConformanceCases.load(Self.file)
    if !ConformanceCases.isForeignDirectory { #expect(cases.count > 100) }
    for item in cases {
      if Self.comparesWhatIsRefused(item) { continue }
      var found = try Self.mismatches(item)
      if let title = Self.difference(item) {
        #expect(!found.isEmpty, "\(item.id) is as recorded and need not be listed under \"\(title)\"")
        found = try Self.mismatches(item, instead: title)
      }
      for mismatch in found { Issue.record("\(item.id): \(mismatch)") }
    }
  }

  @Test func everyNamedDifferenceExists() throws {
    guard !ConformanceCases.isForeignDirectory else { return }
    let ids = Set(try ConformanceCases.load(Self.file).map(\.id))
    for id in Self.differences.keys { #expect(ids.contains(id), "\(id) is not a case") }
  }

  /// The heading under which a case differs: named above, or, for cases recorded elsewhere, by the same three rules.
  static func difference(_ item: ConformanceCases.Case) -> String? {
    if let named = differences[item.id] { return named }
    guard ConformanceCases.isForeignDirectory else { return nil }
    let text = item.input["value"]?.string ?? ""
    if item.input["fn"]?.string == "ParseQuantity", item.expect["error"]?.isNull == true {
      if case .failure(let error) = parse(text) {
        // `E3` has a digit, but none in front of its suffix.
        if error.problem == .noDigits { return "A quantity has a digit" }
        if error.problem == .outOfRange || error.problem == .tooLong { return "Quantities have bounds" }
      }
    }
    if ["+Inf", "-Inf"].contains(item.expect["approxFloat"]?.string) { return "A finite quantity is a finite number" }
    if let canonical = item.expect["canonical"]?.string, let quantity = try? number(of: item),
      quantity.canonical.contains("e"), quantity.format == .decimalSI, !canonical.contains("e")
    {
      return "Large quantities keep their exponent"
    }
    return nil
  }

  /// A comparison with a text that Swell refuses on purpose.
  private static func comparesWhatIsRefused(_ item: ConformanceCases.Case) -> Bool {
    guard ConformanceCases.isForeignDirectory, item.input["fn"]?.string == "Compare" else { return false }
    return ["a", "b"].contains { side in
      guard case .failure(let error) = parse(item.input[side]?.string ?? "") else { return false }
      return [.noDigits, .outOfRange, .tooLong].contains(error.problem)
    }
  }

  /// What a case gives that was not recorded. `instead` names the difference: then what Swell does on purpose is expected.
  static func mismatches(_ item: ConformanceCases.Case, instead title: String? = nil) throws -> [String] {
    var expect = item.expect.object ?? [:]
    switch title {
    case "A quantity has a digit":
      if case .failure(let error) = parse(item.input["value"]?.string ?? ""), error.problem == .noDigits { return [] }
      return ["is not refused for want of a digit"]
    case "Quantities have bounds":
      return []
    case "Large quantities keep their exponent":
      for key in ["canonical", "string", "value"] where expect[key]?.string?.first != nil {
        guard key != "value" || item.input["fn"]?.string != "ParseQuantity" else { continue }
        expect[key] = .string(try number(of: item).canonical)
      }
      let printed = try number(of: item).canonical
      if try Quantity(parsing: printed) != number(of: item) { return ["\(printed) is another number"] }
    case "A finite quantity is a finite number":
      // Infinite only on the way there: where the number itself fits, its nearest double stands in.
      let nearest = Double(item.input["value"]?.string ?? "") ?? .infinity
      let bound = Double.greatestFiniteMagnitude
      expect["approxFloat"] = .string("\(min(max(nearest, -bound), bound))")
    default:
      break
    }
    return try mismatches(item.input, .object(expect))
  }

  private static func mismatches(_ input: JSONValue, _ expect: JSONValue) throws -> [String] {
    var found: [String] = []
    func check(_ name: String, _ actual: String) {
      guard let recorded = expect[name]?.string, recorded != actual else { return }
      found.append("\(name) is \(actual), recorded \(recorded)")
    }
    switch input["fn"]?.string {
    case "ParseQuantity":
      switch parse(input["value"]?.string ?? "") {
      case .failure(let error):
        if expect["error"]?.isNull == true { found.append("is refused: \(error)") }
      case .success(let quantity):
        if expect["error"]?.isNull == false { return ["is accepted as \(quantity)"] }
        check("string", quantity.description)
        check("canonical", quantity.canonical)
        check("milliValue", String(quantity.wrappingMilliValue))
        check("value", String(quantity.wrappingValue))
        check("format", quantity.format.rawValue)
        found += checkApproximation(quantity, expect)
        if expect["sign"]?.integer != Int64(quantity.sign) { found.append("sign is \(quantity.sign)") }
        if expect["isZero"]?.bool != quantity.isZero { found.append("isZero is \(quantity.isZero)") }
      }
    case "Compare":
      let (left, right) = (try quantity(input["a"]), try quantity(input["b"]))
      if expect["cmp"]?.integer != Int64(left.compare(right)) { found.append("cmp is \(left.compare(right))") }
      if expect["equal"]?.bool != (left == right) { found.append("equal is \(left == right)") }
      if left == right, left.hashValue != right.hashValue { found.append("equal numbers have different hashes") }
    case "GenerateMetricInMili":
      let quantity = Quantity(metric: try double(input["value"]))
      check("value", quantity.description)
      check("canonical", quantity.canonical)
      check("milliValue", String(quantity.wrappingMilliValue))
      found += checkApproximation(quantity, expect)
    case "GetMetricTargetMili":
      let quantity = Quantity(metric: try double(input["value"]))
      check("targetValue", quantity.description)
      check("targetCanonical", quantity.canonical)
    case "GetMetricTarget":
      let quantity = Quantity(integerTarget: try #require(Int64(input["value"]?.string ?? "")))
      check("targetValue", quantity.description)
      check("targetCanonical", quantity.canonical)
    case "NewMilliQuantity":
      let quantity = Quantity(milliValue: try #require(Int64(input["milli"]?.string ?? "")))
      check("string", quantity.description)
      check("canonical", quantity.canonical)
      found += checkApproximation(quantity, expect)
    case let other:
      found.append("the function \(other ?? "-") is not known here")
    }
    return found
  }

  /// Compares doubles by bits.
  private static func checkApproximation(_ quantity: Quantity, _ expect: JSONValue) -> [String] {
    guard let recorded = expect["approxFloat"]?.string else { return [] }
    let actual = quantity.approximateDouble
    return Double(recorded.replacing("+Inf", with: "inf")) == actual
      ? [] : ["approxFloat is \(actual), recorded \(recorded)"]
  }

  private static func parse(_ text: String) -> Result<Quantity, QuantityError> {
    do throws(QuantityError) {
      return .success(try Quantity(parsing: text))
    } catch {
      return .failure(error)
    }
  }

  private static func number(of item: ConformanceCases.Case) throws -> Quantity {
    switch item.input["fn"]?.string {
    case "ParseQuantity": try quantity(item.input["value"])
    case "NewMilliQuantity": Quantity(milliValue: try #require(Int64(item.input["milli"]?.string ?? "")))
    default: Quantity(metric: try double(item.input["value"]))
    }
  }

  private static func quantity(_ value: JSONValue?) throws -> Quantity {
    try Quantity(parsing: try #require(value?.string))
  }

  /// Go's spelling of a double.
  private static func double(_ value: JSONValue?) throws -> Double {
    let text = try #require(value?.string)
    return try #require(Double(text.replacing("+Inf", with: "inf").replacing("-Inf", with: "-inf")))
  }
}
