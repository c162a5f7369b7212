internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import Manifests
internal import Questions
internal import Triggers

/// What the sources said: `swell query`.
public struct QueryReport: Sendable {
  /// An object, or a document that is none.
  struct Entry: Sendable {
    var kind: String
    var key: ObjectKey
    var origin: ManifestSet.Origin
    var errors: [FieldError]
    var triggers: [Trigger] = []
    var isActive = false
    /// The replicas that would follow; nil when nothing says how many.
    var desiredReplicas: Int32?
    var reasons: [DecisionReason] = []
  }

  struct Trigger: Sendable {
    var index: Int
    var type: String
    var metricName: String
    var target: String
    var endpoint: String?
    var reading: Reading?
    var answer: String
    /// Why asking failed; `answer` says the same then.
    var failure: SourceError.Code?
    var roundTrip: Duration

    init(
      _ planned: PlannedTrigger, reading: Reading?, answer: String, failure: SourceError.Code? = nil,
      roundTrip: Duration
    ) {
      index = planned.index
      type = planned.type
      metricName = planned.metricName
      target = planned.external?.metric.target.canonical ?? "by the HPA"
      endpoint = planned.external?.endpoint.description
      self.reading = reading
      self.answer = answer
      self.failure = failure
      self.roundTrip = roundTrip
    }
  }

  let entries: [Entry]

  /// Every manifest is valid and every trigger that Swell asks gave a value.
  public var isKnown: Bool {
    !entries.isEmpty
      && entries.allSatisfy { entry in
        entry.errors.isEmpty && entry.triggers.allSatisfy { $0.unknown == nil }
      }
  }

  /// What to say when there was nothing to ask, which is not known either: the path may be the wrong one.
  public var nothing: String? { entries.isEmpty ? "nothing to ask: no ScaledObject in these files" : nil }

  public var json: String { JSONText.pretty(entries) + "\n" }

  public var text: String {
    var lines: [String] = []
    for entry in entries {
      let replicas = entry.desiredReplicas.map { $0 == 1 ? "1 replica" : "\($0) replicas" } ?? "replicas unknown"
      lines.append(
        entry.errors.isEmpty
          ? "\(entry.key): \(replicas), \(entry.isActive ? "active" : "not active")"
          : "INVALID \(entry.key.shortText(as: entry.kind))  (\(entry.origin))")
      lines += entry.errors.map { "  error: \($0)" }
      lines += entry.reasons.map { "  because \($0.message)" }
      for trigger in entry.triggers {
        guard trigger.reading != nil else {
          lines.append("  trigger \(trigger.index) \(trigger.type): \(trigger.answer)")
          continue
        }
        let value = trigger.value.map(\.shortText) ?? "unknown"
        lines.append("  trigger \(trigger.index) \(trigger.type) \(trigger.metricName): \(value) / \(trigger.target)")
        if let endpoint = trigger.endpoint {
          let time = "\(milliseconds(trigger.roundTrip)) ms"
          lines.append("    \(endpoint) " + trigger.told(after: time))
        }
        // Where it is why the replicas are unknown, it is there already.
        if let unknown = trigger.unknown, !entry.reasons.contains(where: { $0.message.contains(unknown) }) {
          lines.append("    \(unknown)")
        }
      }
    }
    if let nothing { lines = [nothing] }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// `1.25` for 1,254 µs.
private func milliseconds(_ duration: Duration) -> String {
  let hundredths = max(0, duration.saturatingNanoseconds) / 10_000
  let fraction = hundredths % 100
  return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}

extension QueryReport.Trigger {
  fileprivate func told(after time: String) -> String {
    switch failure {
    case nil: "answered in \(time): \(answer)"
    // What it said is the cause, which is told by itself.
    case .authenticationFailed, .malformedAnswer, .answerTooLarge, .refusedByServer: "answered in \(time)"
    case .unusableConfiguration, .backingOff, .wrongSource: "was not asked"
    case .connectionRefused, .connectionLost, .unreachable, .timedOut, .tlsFailed: "gave no answer (\(time))"
    }
  }

  var value: Double? {
    guard case .value(let measurement)? = reading?.outcome else { return nil }
    return measurement.value
  }

  var unknown: String? {
    guard case .unknown(let reason)? = reading?.outcome else { return nil }
    return reason.message
  }
}

extension QueryReport.Trigger: Encodable {
  private enum CodingKeys: String, CodingKey {
    case index, type, metricName, target, endpoint, value, unknown, answer, roundTripMilliseconds
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(index, forKey: .index)
    try container.encode(type, forKey: .type)
    try container.encode(metricName, forKey: .metricName)
    try container.encode(target, forKey: .target)
    try container.encodeIfPresent(endpoint, forKey: .endpoint)
    try container.encodeIfPresent(value, forKey: .value)
    try container.encodeIfPresent(unknown, forKey: .unknown)
    try container.encode(answer, forKey: .answer)
    try container.encode(roundTrip.inSeconds * 1000, forKey: .roundTripMilliseconds)
  }
}

extension QueryReport.Entry: Encodable {
  private enum CodingKeys: String, CodingKey {
    case kind, namespace, name, errors, active, desiredReplicas, reasons, triggers, file, line
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    try container.encode(shortened(key.namespace, to: ObjectKey.longestName), forKey: .namespace)
    try container.encode(shortened(key.name, to: ObjectKey.longestName), forKey: .name)
    try container.encode(errors, forKey: .errors)
    try container.encode(isActive, forKey: .active)
    try container.encode(desiredReplicas, forKey: .desiredReplicas)
    try container.encode(reasons.map(ReasonText.init), forKey: .reasons)
    try container.encode(triggers, forKey: .triggers)
    try container.encode(origin.file, forKey: .file)
    try container.encodeIfPresent(origin.line, forKey: .line)
  }
}
