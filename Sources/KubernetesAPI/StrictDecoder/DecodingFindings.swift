/// What one decoding found wrong so far, and the way values are read. Lives as long as one `StrictDecoder.decode`.
final class DecodingFindings {
  /// Everything is recorded; the caller has nothing to return.
  struct AlreadyReported: Error {}

  let reportsUnknownFields: Bool
  private(set) var errors: [FieldError] = []
  /// Some value is only a stand-in.
  private(set) var isIncomplete = false
  /// So many errors are told at most: a binary file read as YAML would give thousands.
  private let limit = 100

  init(reportsUnknownFields: Bool) { self.reportsUnknownFields = reportsUnknownFields }

  func report(_ message: String, at path: FieldPath) {
    isIncomplete = true
    append(message, at: path)
  }

  private func append(_ message: String, at path: FieldPath) {
    if errors.count < limit { errors.append(FieldError(field: path.text, message: message)) }
  }

  /// Reads a value that is there. What cannot be read is reported, and a stand-in returned where there is one.
  func read<T: Decodable>(_ type: T.Type, at place: JSONPlace) throws -> T {
    let hiddenFields: Set<String>
    switch kind(of: type) {
    case .leaf(let leaf):
      guard let value = readLeaf(leaf, at: place, value: place.value) as? T else { throw AlreadyReported() }
      return value
    case .container(let hidden):
      hiddenFields = hidden
    }
    let decoder = StrictValueDecoder(place: place, findings: self, hiddenFields: hiddenFields)
    do {
      let value = try T(from: decoder)
      reportUnknownFields(of: decoder)
      return value
    } catch is AlreadyReported {
      throw AlreadyReported()
    } catch DecodingError.dataCorrupted(let context) {
      report(place.isHidden ? "cannot be read" : context.debugDescription, at: place.path)
    } catch let problem as ShapeMismatch {
      report(Self.mismatch(place, expectation: problem.expectation), at: place.path)
    } catch {
      report("cannot be read", at: place.path)
    }
    return try blank(type)
  }

  /// Reports that a required field is not there.
  func readMissing<T: Decodable>(_ type: T.Type, at path: FieldPath) throws -> T {
    let expectation = (type as? any JSONLeaf.Type)?.expectation
    report("is required" + (expectation.map { ": write \($0)" } ?? ""), at: path)
    return try blank(type)
  }

  /// Reads a leaf that is there. `place` is made only for an error.
  func readLeaf<L: JSONLeaf>(_ type: L.Type, at place: @autoclosure () -> JSONPlace, value: JSONValue) -> L {
    do throws(LeafProblem) {
      return try L.reading(value)
    } catch {
      let place = place()
      let isHidden = place.isHidden || looksSecret(place.path.lastName)
      switch error {
      case .wrongType:
        var hiding = place
        hiding.isHidden = isHidden
        report(Self.mismatch(hiding, expectation: L.expectation), at: place.path)
      case .message(let message):
        report(isHidden ? "is not valid: it must be \(L.expectation)" : message, at: place.path)
      }
      return L.blank
    }
  }

  private func blank<T: Decodable>(_ type: T.Type) throws -> T {
    if let leaf = type as? any JSONLeaf.Type {
      guard let value = leaf.blank as? T else { throw AlreadyReported() }
      return value
    }
    do {
      return try T(from: BlankDecoder())
    } catch {
      throw AlreadyReported()
    }
  }

  /// How a type is read. Casting a type to a protocol is slow, so it is done once for each type.
  private enum Kind {
    case leaf(any JSONLeaf.Type)
    case container(hiddenFields: Set<String>)
  }

  private var kinds: [ObjectIdentifier: Kind] = [:]

  private func kind<T>(of type: T.Type) -> Kind {
    if let known = kinds[ObjectIdentifier(type)] { return known }
    let kind: Kind =
      if let leaf = type as? any JSONLeaf.Type {
        .leaf(leaf)
      } else {
        .container(hiddenFields: (type as? any HidesFieldValues.Type)?.hiddenFields ?? [])
      }
    kinds[ObjectIdentifier(type)] = kind
    return kind
  }

  private func looksSecret(_ name: String) -> Bool {
    let lower = name.lowercased()
    return ["password", "secret", "token", "apikey", "accesskey", "credential"].contains { lower.contains($0) }
  }

  private func reportUnknownFields(of decoder: StrictValueDecoder) {
    guard reportsUnknownFields, let asked = decoder.asked.names, case .object(let fields) = decoder.place.value else {
      return
    }
    let unknown = fields.keys.filter { !asked.contains($0) }
    for name in unknown.sorted() {
      append(Self.unknownFieldMessage(name, known: Set(asked)), at: decoder.place.path.key(name))
    }
  }

  static func unknownFieldMessage(_ name: String, known: Set<String>) -> String {
    if let near = nearestName(to: name, among: known) { return "unknown field: did you mean \"\(near)\"?" }
    let names = known.sorted()
    if names.isEmpty { return "unknown field: nothing is expected here" }
    return "unknown field: known here are \(names.prefix(20).joined(separator: ", "))"
  }

  /// "must be a text, but is the number 10: write it in quotes: "10"".
  static func mismatch(_ place: JSONPlace, expectation: String) -> String {
    let kind: String
    switch place.value {
    case .null: kind = "null"
    case .bool, .integer, .double: kind = place.isHidden ? "a number or flag" : shortenedText(of: place.value)
    case .string: kind = place.isHidden ? "a text" : "the text \(shortenedText(of: place.value))"
    case .array, .object: kind = shortenedText(of: place.value)
    }
    return "must be \(expectation), but is \(kind)" + advice(place, expectation)
  }

  private static func advice(_ place: JSONPlace, _ expectation: String) -> String {
    switch (place.value, expectation) {
    // YAML's .nan and .inf: no field wants these as a text either.
    case (.double(let number), String.expectation) where !number.isFinite:
      return ": write a number, in quotes"
    case (.bool, String.expectation), (.integer, String.expectation), (.double, String.expectation):
      return place.isHidden ? ": write it in quotes" : ": write it in quotes: \"\(shortenedText(of: place.value))\""
    case (.string(let text), Int.expectation) where !place.isHidden && Int64(text) != nil,
      (.string(let text), Bool.expectation) where !place.isHidden && (text == "true" || text == "false"):
      return ": write it without quotes: \(shortened(text))"
    default:
      return ""
    }
  }
}

/// A container was asked for where the value is something else.
struct ShapeMismatch: Error {
  var expectation: String
}
