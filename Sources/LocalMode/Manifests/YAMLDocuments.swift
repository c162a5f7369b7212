package import KubernetesAPI
internal import Yams

/// One document of a YAML (or JSON) file.
package struct YAMLDocument {
  /// Line of the file where the document starts, from 1.
  package var line: Int
  package var content: JSONValue
}

/// A file that cannot be read as YAML, with the line to look at.
package struct YAMLSyntaxError: Error {
  package var line: Int?
  package var message: String
}

/// Turns YAML text into plain values, the way `kubectl` does: YAML 1.1 scalars (`yes` is a boolean), keys are strings.
///
/// Bounded: a document expands to at most `maximumNodes` values however its aliases multiply.
package struct YAMLReader {
  static let maximumNodes = 2_000_000
  static let maximumDepth = 64

  private var nodesLeft = YAMLReader.maximumNodes

  /// The documents of a file, empty ones left out.
  /// - Throws: `YAMLSyntaxError` for the first thing that is not YAML.
  package static func documents(in text: String) throws(YAMLSyntaxError) -> [YAMLDocument] {
    var reader = YAMLReader()
    var documents: [YAMLDocument] = []
    do {
      // No resolver: Yams would match every scalar against regular expressions; `scalar` below is exact and faster.
      let parser = try Parser(yaml: text, resolver: .basic)
      while let node = try parser.nextRoot() {
        let content = try reader.value(of: node, depth: 0)
        if content != .null { documents.append(YAMLDocument(line: node.mark?.line ?? 1, content: content)) }
      }
      return documents
    } catch let error as YAMLSyntaxError {
      throw error
    } catch let error as YamlError {
      throw YAMLSyntaxError(error)
    } catch {
      throw YAMLSyntaxError(line: nil, message: "not YAML")
    }
  }

  private mutating func value(of node: Node, depth: Int) throws -> JSONValue {
    nodesLeft -= 1
    guard nodesLeft >= 0 else {
      throw YAMLSyntaxError(line: node.mark?.line, message: "expands to more than \(Self.maximumNodes) values")
    }
    guard depth <= Self.maximumDepth else {
      throw YAMLSyntaxError(line: node.mark?.line, message: "nested deeper than \(Self.maximumDepth) levels")
    }
    switch node {
    case .scalar(let scalar):
      return YAMLScalar.value(scalar.string, isPlain: scalar.style == .plain || scalar.style == .any, tag: scalar.tag)
    case .sequence(let sequence):
      return .array(try sequence.map { try value(of: $0, depth: depth + 1) })
    case .mapping(let mapping):
      var fields: [String: JSONValue] = [:]
      fields.reserveCapacity(mapping.count)
      for (key, entry) in mapping {
        guard case .scalar(let name) = key else {
          throw YAMLSyntaxError(line: key.mark?.line, message: "a key must be a plain word, not a list or a mapping")
        }
        if name.string == "<<", case .object(let merged) = try value(of: entry, depth: depth + 1) {
          fields.merge(merged) { own, _ in own }
        } else {
          fields[name.string] = try value(of: entry, depth: depth + 1)
        }
      }
      return .object(fields)
    case .alias:
      throw YAMLSyntaxError(line: node.mark?.line, message: "an alias without its anchor")
    }
  }
}

/// YAML 1.1 scalar resolution as Go's `sigs.k8s.io/yaml` does it.
enum YAMLScalar {
  static func value(_ text: String, isPlain: Bool, tag: Tag) -> JSONValue {
    guard isPlain, tag.description != Tag.Name.str.rawValue else { return .string(text) }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
    case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .double(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
    default: break
    }
    guard let first = text.utf8.first, first < 0x3A, first != 0x2F else { return .string(text) }
    return number(text) ?? .string(text)
  }

  private static func number(_ text: String) -> JSONValue? {
    let digits = text.replacingUnderscores
    let isNegative = digits.hasPrefix("-")
    let unsigned = isNegative || digits.hasPrefix("+") ? String(digits.dropFirst()) : digits
    if let value = integer(unsigned, isNegative: isNegative) { return value }
    // Swift also reads "nan", "infinity" and hexadecimal floats; YAML does not.
    guard unsigned.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }),
      let value = Double(digits)
    else { return nil }
    return .double(value)
  }

  /// Decimal, or with `0x`, `0o`, `0b`, or with a leading zero, which means octal (`0644` is 420).
  private static func integer(_ unsigned: String, isNegative: Bool) -> JSONValue? {
    var digits = Substring(unsigned)
    var radix = 10
    if unsigned.utf8.first == 0x30, unsigned.utf8.count > 1 {
      let radixes = ["0x": 16, "0X": 16, "0o": 8, "0O": 8, "0b": 2, "0B": 2]
      let marked = radixes[String(unsigned.prefix(2))]
      digits = unsigned.dropFirst(marked == nil ? 1 : 2)
      radix = marked ?? 8
    }
    guard let first = digits.utf8.first, first != 0x2B, first != 0x2D, let magnitude = UInt64(digits, radix: radix)
    else {
      return nil
    }
    if magnitude < 1 << 63 { return .integer(isNegative ? -Int64(magnitude) : Int64(magnitude)) }
    if isNegative { return magnitude == 1 << 63 ? .integer(.min) : nil }
    return .double(Double(magnitude))
  }
}

extension String {
  fileprivate var replacingUnderscores: String {
    utf8.contains(0x5F) ? String(filter { $0 != "_" }) : self
  }
}

extension YAMLSyntaxError {
  init(_ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(line: mark.line, message: problem)
    case .reader(let problem, _, _, _):
      self.init(line: nil, message: "\(problem): is this a text file in UTF-8?")
    case .duplicatedKeysInMapping(let duplicates, let context):
      self.init(line: context.mark.line, message: "written twice: \(duplicates.joined(separator: ", "))")
    default:
      self.init(line: nil, message: "not YAML")
    }
  }
}
