internal import Foundation
internal import KubernetesAPI
internal import Questions
internal import TestSupport
internal import Testing

@testable internal import Triggers

/// A case of `triggers-*.json` and `eval-*.json`: a trigger as somebody wrote it.
struct TriggerCase {
  let item: ConformanceCases.Case
  let declaration: TriggerDeclaration

  init(_ item: ConformanceCases.Case) {
    self.item = item
    let input = item.input
    var declaration = TriggerDeclaration(
      index: Int(clamping: input["triggerIndex"]?.integer ?? 0), type: input["type"]?.string ?? "",
      name: input["name"]?.string, metricType: input["metricType"]?.string,
      metadata: Self.texts(input["metadata"]),
      authentication: Self.texts(input["authParams"]).mapValues { SecretText($0) },
      podIdentity: input["podIdentity"]?["provider"]?.string ?? "",
      environment: Self.texts(input["resolvedEnv"]).mapValues { SecretText($0) },
      isMetricSource: input["asMetricSource"]?.bool ?? false)
    if let timeout = input["globalHTTPTimeout"]?.string { declaration.httpTimeout = Self.duration(timeout) }
    self.declaration = declaration
  }

  var id: String { item.id }
  var settings: JSONValue { item.expect["settings"] ?? .null }

  /// KEDA refuses the trigger, or crashes over it.
  var isRefused: Bool {
    item.expect["error"]?.string != nil || item.expect["panic"] != nil || item.expect["createError"]?.string != nil
  }

  /// KEDA accepts a target that nothing can be divided by.
  var hasUselessTarget: Bool {
    guard let spec = item.expect["metricSpec"], !declaration.isMetricSource else { return false }
    let text = spec["targetCanonical"]?.string ?? spec["targetValue"]?.string ?? ""
    return (try? Quantity(parsing: text)).map { $0 <= .zero } ?? false
  }

  var hasUnknownMetricType: Bool {
    !["", "AverageValue", "Value", "Utilization"].contains(declaration.metricType ?? "")
  }

  /// KEDA accepts texts that no source can be asked with: very long ones, or with control characters.
  var hasUnusableText: Bool {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      (scalar.value < 0x20 && ![0x09, 0x0A, 0x0D].contains(scalar.value)) || scalar.value == 0x7F
    }
    return declaration.metadata.values.contains {
      $0.utf8.count > MetadataReader.maximumLength || $0.unicodeScalars.contains(where: isControl)
    }
  }

  static func texts(_ value: JSONValue?) -> [String: String] {
    (value?.object ?? [:]).compactMapValues(\.string)
  }

  static func duration(_ text: String) -> Duration { GoSyntax.duration(text) ?? .zero }

  static func parse(_ declaration: TriggerDeclaration) -> Result<ParsedTrigger, TriggerError> {
    do { return .success(try TriggerTypes.parse(declaration)) } catch { return .failure(error) }
  }

  /// Checks acceptance and refusal, and gives the trigger back where both accept it. `difference` is the heading of
  /// docs/differences-from-keda.md under which Swell refuses what KEDA accepts.
  func accepted(_ difference: String?) -> ParsedTrigger? {
    switch Self.parse(declaration) {
    case .success(let trigger):
      if let difference { Issue.record("\(id): not refused, in spite of \"\(difference)\"") }
      if isRefused { Issue.record("\(id): accepted, KEDA says \(item.expect["error"]?.string ?? "panic")") }
      return isRefused ? nil : trigger
    case .failure(let error):
      if !isRefused, difference == nil { Issue.record("\(id): refused: \(error)") }
      #expect(!error.problems.isEmpty, "\(id)")
      expectSecrecy(error.description)
      return nil
    }
  }

  /// Passwords, tokens and keys do not show in a message.
  private func expectSecrecy(_ text: String) {
    let names = [
      "password", "keyPassword", "key", "bearerToken", "token", "clientSecret", "awsSecretAccessKey", "keytab",
    ]
    for name in names {
      guard let secret = declaration.authentication[name]?.reveal(), secret.count > 4 else { continue }
      #expect(!text.contains(secret), "\(id): \(name) in a message")
    }
  }

  /// Compares name, type and target of an external metric.
  func check(_ metric: ExternalMetric) {
    let spec = item.expect["metricSpec"]
    #expect(metric.name == spec?["metricName"]?.string, "\(id)")
    #expect(metric.targetType.rawValue == spec?["targetType"]?.string, "\(id)")
    #expect(metric.target.description == spec?["targetValue"]?.string, "\(id)")
    #expect(metric.target.canonical == spec?["targetCanonical"]?.string, "\(id)")
  }

  func texts(_ setting: String) -> [String] { (settings[setting]?.array ?? []).compactMap(\.string) }

  /// Compares one setting, where it was recorded.
  func check(_ setting: String, _ value: String?) {
    guard let expected = settings[setting]?.string else { return }
    #expect(value ?? "" == expected, "\(id): \(setting)")
  }

  func check(_ setting: String, _ value: Bool) {
    guard let expected = settings[setting]?.bool else { return }
    #expect(value == expected, "\(id): \(setting)")
  }

  func check(_ setting: String, _ value: Int64) {
    guard let expected = settings[setting]?.integer else { return }
    #expect(value == expected, "\(id): \(setting)")
  }
}
