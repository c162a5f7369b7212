package import KubernetesAPI

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

  static func tooDeep(line: Int) -> YAMLSyntaxError {
    YAMLSyntaxError(line: line, message: "nested deeper than \(YAMLReader.maximumDepth) levels")
  }
}

/// Turns YAML text into plain values, the way `kubectl` does: YAML 1.1 scalars (`yes` is a boolean), keys are strings.
///
/// Bounded: however the aliases of a file multiply, they stand for at most `maximumAliasedNodes` values.
package struct YAMLReader: ~Copyable {
  static let maximumAliasedNodes = 2_000_000
  static let maximumDepth = 64

  /// A value that aliases may refer to.
  private struct Anchored {
    var value: JSONValue
    /// Of how many values it is made, itself included.
    var size: Int
    /// Levels below it.
    var height: Int
  }

  private var events: YAMLEvents
  private var anchors: [String: Anchored] = [:]
  private var aliasedNodesLeft = YAMLReader.maximumAliasedNodes
  /// Values read so far, counted as often as they stand in a document.
  private var nodes = 0
  /// Levels below the value read last.
  private var height = 0

  private init(_ events: consuming YAMLEvents) { self.events = events }

  /// The documents of a file, empty ones left out.
  /// - Throws: `YAMLSyntaxError` for the first thing that is not YAML.
  package static func documents(in text: String) throws(YAMLSyntaxError) -> [YAMLDocument] {
    var text = text
    let result = text.withUTF8 { bytes in
      Result { () throws(YAMLSyntaxError) in
        var reader = YAMLReader(try YAMLEvents(bytes))
        return try reader.documents()
      }
    }
    return try result.get()
  }

  private mutating func documents() throws(YAMLSyntaxError) -> [YAMLDocument] {
    var documents: [YAMLDocument] = []
    while true {
      let event = try events.next()
      switch event.kind {
      case .streamEnd:
        return documents
      case .documentStart:
        anchors = [:]
        let root = try events.next()
        let content = try value(root, depth: 0)
        if content != .null { documents.append(YAMLDocument(line: root.line, content: content)) }
      default: break
      }
    }
  }

  private mutating func value(_ event: YAMLEvents.Event, depth: Int) throws(YAMLSyntaxError) -> JSONValue {
    guard depth <= Self.maximumDepth else { throw .tooDeep(line: event.line) }
    let before = nodes
    nodes += 1
    height = 0
    let value: JSONValue
    switch event.kind {
    case .scalar(let scalar): value = scalar.value
    case .sequenceStart: value = .array(try sequence(depth: depth))
    case .mappingStart: value = .object(try mapping(depth: depth))
    case .alias(let name): return try aliased(name, event, depth: depth)
    default: throw YAMLSyntaxError(line: event.line, message: "a value is missing")
    }
    if let anchor = event.anchor { anchors[anchor] = Anchored(value: value, size: nodes - before, height: height) }
    return value
  }

  private mutating func aliased(
    _ name: String, _ event: YAMLEvents.Event, depth: Int
  ) throws(YAMLSyntaxError) -> JSONValue {
    guard let anchored = anchors[name] else {
      throw YAMLSyntaxError(line: event.line, message: "the alias *\(shortened(name)) has no anchor before it")
    }
    guard anchored.size <= aliasedNodesLeft else {
      throw YAMLSyntaxError(
        line: event.line, message: "the aliases stand for more than \(Self.maximumAliasedNodes) values")
    }
    guard depth + anchored.height <= Self.maximumDepth else { throw .tooDeep(line: event.line) }
    aliasedNodesLeft -= anchored.size
    nodes += anchored.size
    height = anchored.height
    return anchored.value
  }

  private mutating func sequence(depth: Int) throws(YAMLSyntaxError) -> [JSONValue] {
    var elements: [JSONValue] = []
    var highest = 0
    while true {
      let event = try events.next()
      if case .sequenceEnd = event.kind { break }
      elements.append(try value(event, depth: depth + 1))
      highest = max(highest, height)
    }
    height = highest + 1
    return elements
  }

  private mutating func mapping(depth: Int) throws(YAMLSyntaxError) -> [String: JSONValue] {
    var fields: [String: JSONValue] = [:]
    var merged: [[String: JSONValue]] = []
    var highest = 0
    while true {
      let event = try events.next()
      if case .mappingEnd = event.kind { break }
      let (key, isMerge) = try key(event)
      let value = try value(try events.next(), depth: depth + 1)
      highest = max(highest, height)
      if isMerge {
        merged += try mergedMappings(value, event)
      } else if fields.updateValue(value, forKey: key) != nil {
        throw YAMLSyntaxError(line: event.line, message: "the key \"\(shortened(key))\" is written twice")
      }
    }
    // What a mapping says itself counts most, then what it merges first.
    for other in merged { fields.merge(other) { own, _ in own } }
    height = highest + 1
    return fields
  }

  private func key(_ event: YAMLEvents.Event) throws(YAMLSyntaxError) -> (String, isMerge: Bool) {
    switch event.kind {
    case .scalar(let scalar):
      return (scalar.text, scalar.text == "<<" && scalar.isPlain)
    case .alias(let name):
      if case .string(let text)? = anchors[name]?.value { return (text, false) }
      throw YAMLSyntaxError(
        line: event.line, message: "a key must be a word: *\(shortened(name)) does not stand for one")
    default:
      throw YAMLSyntaxError(line: event.line, message: "a key must be a plain word, not a list or a mapping")
    }
  }

  private func mergedMappings(
    _ value: JSONValue, _ event: YAMLEvents.Event
  ) throws(YAMLSyntaxError) -> [[String: JSONValue]] {
    var mappings: [[String: JSONValue]] = []
    for element in value.elements ?? [value] {
      guard case .object(let fields) = element else {
        throw YAMLSyntaxError(line: event.line, message: "<< takes a mapping, or a list of mappings")
      }
      mappings.append(fields)
    }
    return mappings
  }
}

extension JSONValue {
  fileprivate var elements: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }
}
