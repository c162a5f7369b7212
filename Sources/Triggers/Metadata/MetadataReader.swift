internal import KubernetesAPI
internal import Questions

/// Reads the settings of one trigger by KEDA's rules, and collects everything that is wrong with them.
///
/// A setting has names (the first and its aliases) and sources, tried in order: for each source each name, and the
/// first text that is not blank counts. Texts are trimmed. A wrong setting is noted and reads as if it were absent, so
/// that one run finds every problem; `finish(with:)` throws them all together.
struct MetadataReader {
  enum Source: Sendable {
    /// The trigger's `metadata`.
    case metadata
    /// The parameters of its TriggerAuthentication.
    case authentication
    /// The target container's environment: the metadata key `<name>FromEnv` names the variable.
    case environment
  }

  /// A setting's names and where it may stand.
  struct Parameter: Sendable {
    var names: [String]
    var sources: [Source]

    init(_ names: String..., from sources: Source...) {
      self.names = names
      self.sources = sources
    }
  }

  /// A setting that is there.
  struct Value {
    /// Trimmed; never empty.
    var text: String
    /// Where it stands: `metadata.threshold`, `authentication.password`, `metadata.passwordFromEnv`.
    var field: String
    /// From the authentication or the environment: such texts are never repeated in a message.
    var isSecret: Bool

    /// The text for a message, shortened; `the value` when it must not be shown.
    var quoted: String { isSecret ? "the value" : "\"\(shortened(text))\"" }
  }

  /// Longer texts are refused; a metric's name and a query's URL are made of them.
  static let maximumLength = 65_536

  let declaration: TriggerDeclaration
  private(set) var problems: [FieldError] = []
  private(set) var notices: [FieldError] = []
  private var knownKeys: Set<String> = ["metricName"]

  init(_ declaration: TriggerDeclaration) {
    self.declaration = declaration
  }

  // MARK: Problems

  mutating func fail(_ field: String, _ message: String) {
    problems.append(FieldError(field: field, message: message))
  }

  /// Notes something that stops nothing but that the user should know.
  mutating func note(_ field: String, _ message: String) {
    notices.append(FieldError(field: field, message: message))
  }

  /// Gives back what was read, or throws everything that was found wrong. `value` is nil only where a problem was
  /// noted.
  func finish<T>(with value: T?) throws(TriggerError) -> T {
    guard problems.isEmpty, let value else { throw TriggerError(problems) }
    return value
  }

  /// Keys of the metadata that nothing asked for, sorted.
  var unknownKeys: [String] {
    declaration.metadata.keys.filter { !knownKeys.contains($0) }.sorted()
  }

  /// Settings that exist and are not read.
  mutating func markKnown(_ keys: [String]) { knownKeys.formUnion(keys) }

  // MARK: Texts

  /// The first text of a setting that is not blank.
  mutating func value(_ parameter: Parameter) -> Value? {
    for name in parameter.names {
      if parameter.sources.contains(.metadata) { knownKeys.insert(name) }
      if parameter.sources.contains(.environment) { knownKeys.insert(name + "FromEnv") }
    }
    for source in parameter.sources {
      for name in parameter.names {
        if let value = value(of: name, in: source) { return isUsable(value) ? value : nil }
      }
    }
    return nil
  }

  private func value(of name: String, in source: Source) -> Value? {
    switch source {
    case .metadata:
      guard let text = declaration.metadata[name]?.trimmedAsInGo, !text.isEmpty else { return nil }
      return Value(text: text, field: "metadata.\(name)", isSecret: false)
    case .authentication:
      guard let text = declaration.authentication[name]?.reveal().trimmedAsInGo, !text.isEmpty else { return nil }
      return Value(text: text, field: "authentication.\(name)", isSecret: true)
    case .environment:
      guard let variable = declaration.metadata[name + "FromEnv"]?.trimmedAsInGo,
        let text = declaration.environment[variable]?.reveal().trimmedAsInGo, !text.isEmpty
      else { return nil }
      return Value(text: text, field: "metadata.\(name)FromEnv", isSecret: true)
    }
  }

  private mutating func isUsable(_ value: Value) -> Bool {
    guard !value.isSecret else { return true }
    if value.text.utf8.count > Self.maximumLength {
      let length = value.text.utf8.count
      fail(
        value.field,
        "is \(length) bytes long (\"\(shortened(value.text, to: 20))\"): write at most \(Self.maximumLength)")
      return false
    }
    if let control = value.text.unicodeScalars.first(where: \.isForbiddenInMetadata) {
      let code = String(control.value, radix: 16, uppercase: true)
      fail(value.field, "\(value.quoted) contains the control character U+\(code): write text without it")
      return false
    }
    return true
  }

  mutating func text(_ parameter: Parameter) -> String? { value(parameter)?.text }

  mutating func secret(_ parameter: Parameter) -> SecretText? { value(parameter).map { SecretText($0.text) } }

  /// A setting that must be there. `advice` says what to write: `the name of the stream`.
  mutating func required(_ parameter: Parameter, _ advice: String) -> Value? {
    let known = problems.count
    if let value = value(parameter) { return value }
    if problems.count == known { missing(parameter, advice) }
    return nil
  }

  /// Notes that a setting is missing, under the place where one would write it.
  mutating func missing(_ parameter: Parameter, _ advice: String) {
    let name = parameter.names.first ?? ""
    let place = parameter.sources.first == .authentication ? "authentication" : "metadata"
    fail("\(place).\(name)", "is missing: write \(advice)")
  }
}

extension StringProtocol {
  /// Without white space at both ends, as Go's `strings.TrimSpace` sees white space.
  var trimmedAsInGo: String {
    let scalars = unicodeScalars
    guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let end = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(String.UnicodeScalarView(scalars[start...end]))
  }
}

extension Unicode.Scalar {
  /// Control characters but tab and line ends, which a query over several lines has.
  fileprivate var isForbiddenInMetadata: Bool {
    (value < 0x20 && value != 0x09 && value != 0x0A && value != 0x0D) || value == 0x7F
  }
}
