internal import Foundation
internal import KubernetesAPI

/// Puts recognisable values into every Secret of a document, so that a message which repeats one can be told.
enum MarkedSecrets {
  static let text = "swell-fuzz-Hidden-7f3cq"
  static let number: Int64 = 7_305_118_842_196
  static let encodedText = Data(text.utf8).base64EncodedString()

  static func mark(_ document: JSONValue) -> JSONValue {
    switch document {
    case .array(let elements): return .array(elements.map(mark))
    case .object(var fields):
      let isSecret = fields["kind"] == .string("Secret")
      for (name, value) in fields {
        fields[name] = isSecret && Secret.hiddenFields.contains(name) ? hidden(value, in: name) : mark(value)
      }
      return .object(fields)
    default: return document
    }
  }

  /// The same shape with other leaves: what was Base64 stays Base64, what was a number stays one.
  private static func hidden(_ value: JSONValue, in field: String) -> JSONValue {
    switch value {
    case .string(let old): .string(field == "data" && Data(base64Encoded: old) != nil ? encodedText : text)
    case .integer: .integer(number)
    case .double: .double(Double(number) + 0.5)
    case .array(let elements): .array(elements.map { hidden($0, in: field) })
    case .object(let fields): .object(fields.mapValues { hidden($0, in: field) })
    case .null, .bool: value
    }
  }

  static func contains(_ document: JSONValue) -> Bool {
    switch document {
    case .array(let elements): elements.contains(where: contains)
    case .object(let fields): fields["kind"] == .string("Secret") || fields.values.contains(where: contains)
    default: false
    }
  }

  static func isLeaked(in message: String) -> Bool {
    let lower = message.lowercased()
    return [text, encodedText, String(number)].contains { lower.contains($0.lowercased()) }
  }
}
