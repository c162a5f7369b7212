internal import CYaml
internal import KubernetesAPI

/// What libyaml finds in a text, one event after the other.
///
/// Events, and not the trees that wrappers build of them: a tree repeats what aliases stand for, and a kilobyte of aliases to
/// aliases can stand for more than any memory holds.
struct YAMLEvents: ~Copyable {
  struct Event {
    enum Kind {
      case streamEnd
      case documentStart
      case alias(String)
      case scalar(YAMLScalar)
      case sequenceStart
      case sequenceEnd
      case mappingStart
      case mappingEnd
      /// Nothing that a value is made of.
      case other
    }

    var kind: Kind
    /// The name by which aliases refer to this value.
    var anchor: String?
    /// From 1.
    var line: Int
  }

  private let parser: UnsafeMutablePointer<yaml_parser_t>

  /// - Parameter bytes: must stay where they are for as long as events are taken.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(YAMLSyntaxError) {
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else {
      throw YAMLSyntaxError(line: nil, message: "out of memory")
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deinitialize(count: 1)
    parser.deallocate()
  }

  /// The next event; after the last one, `streamEnd` again and again.
  mutating func next() throws(YAMLSyntaxError) -> Event {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
    defer { yaml_event_delete(&event) }
    var result = Event(kind: .other, line: Int(clamping: event.start_mark.line) + 1)
    switch event.type {
    // An event without a type is what comes after the end.
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT:
      result.kind = .streamEnd
    case YAML_DOCUMENT_START_EVENT:
      result.kind = .documentStart
    case YAML_ALIAS_EVENT:
      result.kind = .alias(Self.text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      result.kind = .scalar(
        YAMLScalar(
          text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
          tag: Self.text(scalar.tag)))
      result.anchor = Self.text(scalar.anchor)
    case YAML_SEQUENCE_START_EVENT:
      result.kind = .sequenceStart
      result.anchor = Self.text(event.data.sequence_start.anchor)
    case YAML_SEQUENCE_END_EVENT:
      result.kind = .sequenceEnd
    case YAML_MAPPING_START_EVENT:
      result.kind = .mappingStart
      result.anchor = Self.text(event.data.mapping_start.anchor)
    case YAML_MAPPING_END_EVENT:
      result.kind = .mappingEnd
    default: break
    }
    return result
  }

  private func failure() -> YAMLSyntaxError {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
    if parser.pointee.error == YAML_READER_ERROR {
      return YAMLSyntaxError(line: nil, message: "\(problem): is this a text file in UTF-8?")
    }
    let line = Int(clamping: parser.pointee.problem_mark.line) + 1
    // The library's own limit is further off than Swell's, and speaks to programmers.
    if problem.hasPrefix("Maximum nesting level") { return .tooDeep(line: line) }
    return YAMLSyntaxError(line: line, message: problem)
  }

  private static func text(_ start: UnsafePointer<yaml_char_t>?) -> String? {
    start.map { String(cString: $0) }
  }
}
