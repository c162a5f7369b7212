internal import Autoscaling
internal import Engine
internal import Foundation
public import KubernetesAPI
internal import Polling
internal import Questions
internal import Triggers

/// Parses and validates manifests without asking any source: `swell check`.
public struct ManifestCheck: Sendable {
  private let set: ManifestSet

  /// - Throws: `FieldError` when a path does not exist.
  public init(paths: [String]) throws(FieldError) {
    let loader = ManifestLoader()
    set = loader.load(files: try loader.files(at: paths))
  }

  package init(_ set: ManifestSet) { self.set = set }

  public func report() -> CheckReport {
    let planner = ObjectPlanner(
      objects: set, version: BuildInfo.version, clusterNamespace: ManifestDefaults.clusterNamespace)
    let now = SystemTime().now()
    var entries: [CheckReport.Entry] = set.scaledObjects.values.map { item in
      CheckReport.Entry(item.object, origin: item.origin, outcome: planner.plan(item.object, now: now))
    }
    entries += set.triggerAuthentications.map { key, item in
      CheckReport.Entry(kind: TriggerAuthentication.kind, key: key, origin: item.origin)
    }
    entries += set.clusterTriggerAuthentications.map { name, item in
      CheckReport.Entry(
        kind: ClusterTriggerAuthentication.kind, key: ObjectKey(namespace: "", name: name), origin: item.origin)
    }
    entries += set.secrets.compactMap { key, item in
      let errors = item.object.validate()
      return errors.isEmpty ? nil : CheckReport.Entry(kind: "Secret", key: key, origin: item.origin, errors: errors)
    }
    entries += set.problems.map { problem in
      CheckReport.Entry(
        kind: problem.kind, key: problem.key, origin: problem.origin, errors: problem.errors)
    }
    return CheckReport(entries: entries)
  }
}

/// What `swell check` found.
public struct CheckReport: Sendable {
  struct Entry: Sendable {
    var kind: String
    var key: ObjectKey
    var origin: ManifestSet.Origin
    var errors: [FieldError] = []
    var notices: [FieldError] = []
    var triggers: [PlannedTrigger] = []
    var hpa: HorizontalPodAutoscaler?

    var isValid: Bool { errors.isEmpty }
  }

  let entries: [Entry]

  init(entries: [Entry]) {
    self.entries = entries.sorted {
      ($0.origin.file, $0.origin.line ?? 0, $0.kind, $0.key) < ($1.origin.file, $1.origin.line ?? 0, $1.kind, $1.key)
    }
  }

  public var isValid: Bool { !entries.isEmpty && entries.allSatisfy(\.isValid) }

  /// What to say when there was nothing to check, which is not valid either: the path may be the wrong one.
  public var nothing: String? {
    entries.isEmpty
      ? "nothing to check: no ScaledObject or TriggerAuthentication (keda.sh/v1alpha1) in these files" : nil
  }

  public var json: String { JSONText.pretty(entries) + "\n" }

  public var text: String {
    if let nothing { return nothing + "\n" }
    let invalid = entries.count { !$0.isValid }
    let total = entries.count == 1 ? "1 object" : "\(entries.count) objects"
    let summary = invalid == 0 ? "\(total), all valid" : "\(total), \(invalid) invalid"
    return entries.map(\.text).joined() + summary + "\n"
  }
}

extension CheckReport.Entry {
  init(_ object: ScaledObject, origin: ManifestSet.Origin, outcome: ObjectPlanner.Outcome) {
    self.init(
      kind: ScaledObject.kind,
      key: ObjectKey(namespace: object.metadata.namespace ?? "default", name: object.metadata.name), origin: origin,
      errors: outcome.errors + Self.pauseErrors(of: object), notices: outcome.plan?.notices ?? [],
      triggers: outcome.triggers, hpa: outcome.plan?.hpa)
  }

  /// No number of replicas to pause at: the object stays paused where it is, and is not Ready.
  private static func pauseErrors(of object: ScaledObject) -> [FieldError] {
    do throws(FieldError) {
      _ = try object.pause()
      return []
    } catch {
      return [error]
    }
  }

  fileprivate var text: String {
    var lines = ["\(isValid ? "valid  " : "INVALID") \(key.shortText(as: kind))  (\(origin))"]
    lines += errors.map { "  error: \($0)" }
    lines += notices.map { "  note: \($0)" }
    lines += triggers.map { trigger in
      guard let external = trigger.external else {
        return "  trigger \(trigger.index) \(trigger.type): decided by the HPA"
      }
      let metric = external.metric
      return
        "  trigger \(trigger.index) \(trigger.type): \(metric.name) (\(metric.alias)), "
        + "\(metric.targetType.rawValue) \(metric.target.canonical), active above \(external.activationThreshold.shortText), \(external.endpoint)"
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension CheckReport.Entry: Encodable {
  private enum CodingKeys: String, CodingKey {
    case kind, namespace, name, valid, errors, notices, triggers, hpa, file, line
  }

  private struct Trigger: Encodable {
    var index: Int
    var type: String
    var name: String?
    var metricName: String
    var alias: String?
    var targetType: String?
    var target: String?
    var activationThreshold: Double?
    var endpoint: String?

    init(_ trigger: PlannedTrigger) {
      index = trigger.index
      type = trigger.type
      name = trigger.name
      metricName = trigger.metricName
      let target = trigger.metric.resource?.target ?? trigger.metric.containerResource?.target
      alias = trigger.external?.metric.alias
      targetType = trigger.external?.metric.targetType.rawValue ?? target?.type
      self.target =
        trigger.external?.metric.target.canonical ?? target?.averageUtilization.map { "\($0)" }
        ?? target?.averageValue?.canonical
      activationThreshold = trigger.external?.activationThreshold
      endpoint = trigger.external?.endpoint.description
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(shortened(key.namespace, to: ObjectKey.longestName), forKey: .namespace)
    try container.encode(shortened(key.name, to: ObjectKey.longestName), forKey: .name)
    try container.encode(isValid, forKey: .valid)
    try container.encode(errors, forKey: .errors)
    if !notices.isEmpty { try container.encode(notices, forKey: .notices) }
    try container.encode(triggers.map(Trigger.init), forKey: .triggers)
    try container.encodeIfPresent(hpa, forKey: .hpa)
    try container.encode(origin.file, forKey: .file)
    try container.encodeIfPresent(origin.line, forKey: .line)
  }
}
