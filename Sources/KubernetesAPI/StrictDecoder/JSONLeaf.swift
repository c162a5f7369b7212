/// A type that is read straight from one JSON value, without a container.
protocol JSONLeaf: Decodable {
  /// What is wanted, as it reads after "must be".
  static var expectation: String { get }
  /// Stands in for what could not be read, so that decoding can go on.
  static var blank: Self { get }
  /// The value; throws a message about what is wrong with it.
  static func reading(_ value: JSONValue) throws(LeafProblem) -> Self
}

/// Why a leaf cannot be read.
enum LeafProblem: Error {
  case wrongType
  /// Shown instead of the general message. Contains the value.
  case message(String)
}

extension String: JSONLeaf {
  static var expectation: String { "a text" }
  static var blank: String { "" }
  static func reading(_ value: JSONValue) throws(LeafProblem) -> String {
    guard case .string(let text) = value else { throw .wrongType }
    return text
  }
}

extension Bool: JSONLeaf {
  static var expectation: String { "true or false" }
  static var blank: Bool { false }
  static func reading(_ value: JSONValue) throws(LeafProblem) -> Bool {
    guard case .bool(let flag) = value else { throw .wrongType }
    return flag
  }
}

extension JSONLeaf where Self: FixedWidthInteger {
  static var expectation: String { "a whole number" }
  static var blank: Self { 0 }
  static func reading(_ value: JSONValue) throws(LeafProblem) -> Self {
    let exact: Self?
    switch value {
    case .integer(let number): exact = Self(exactly: number)
    case .double(let number) where number.magnitude >= 0x1p63: exact = nil
    default: throw .wrongType
    }
    guard let exact else {
      throw .message("\(shortenedText(of: value)) does not fit: write a whole number from \(Self.min) to \(Self.max)")
    }
    return exact
  }
}

extension Int: JSONLeaf {}
extension Int8: JSONLeaf {}
extension Int16: JSONLeaf {}
extension Int32: JSONLeaf {}
extension Int64: JSONLeaf {}
extension UInt: JSONLeaf {}
extension UInt8: JSONLeaf {}
extension UInt16: JSONLeaf {}
extension UInt32: JSONLeaf {}
extension UInt64: JSONLeaf {}

extension Double: JSONLeaf {
  static var expectation: String { "a number" }
  static var blank: Double { 0 }
  static func reading(_ value: JSONValue) throws(LeafProblem) -> Double {
    switch value {
    case .integer(let number): return Double(number)
    case .double(let number): return number
    default: throw .wrongType
    }
  }
}

extension JSONValue: JSONLeaf {
  static var expectation: String { "any value" }
  static var blank: JSONValue { .null }
  static func reading(_ value: JSONValue) throws(LeafProblem) -> JSONValue { value }
}

extension Quantity: JSONLeaf {
  static var expectation: String { "a quantity such as 100, 500m or 1Gi" }
  static var blank: Quantity { .zero }
  static func reading(_ value: JSONValue) throws(LeafProblem) -> Quantity {
    let text: String
    switch value {
    case .string(let string): text = string
    case .integer(let number): text = String(number)
    case .double(let number): text = "\(number)"
    default: throw .wrongType
    }
    do {
      return try Quantity(parsing: Quantity.trimmed(text))
    } catch {
      throw .message(error.description)
    }
  }
}

/// A value for a message: scalars as they are written, shortened; containers by kind.
func shortenedText(of value: JSONValue) -> String {
  switch value {
  case .null: "null"
  case .bool(let flag): "\(flag)"
  case .integer(let number): "\(number)"
  case .double(let number): "\(number)"
  case .string(let text): "\"\(shortened(text))\""
  case .array(let elements): elements.isEmpty ? "an empty list" : "a list of \(elements.count)"
  case .object(let fields):
    fields.isEmpty ? "an empty object" : "an object with \(fields.count) field\(fields.count == 1 ? "" : "s")"
  }
}
