internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import Logging
internal import Polling
internal import Synchronization

/// Tells the cluster and the log what the engine decided.
final class DecisionTeller: EngineObserver {
  private struct Parts: Sendable {
    var cache: ClusterCache
    var status: StatusWriter
    var events: ObjectEvents
  }

  private let logger: Logger
  private let time: any TimeSource
  private let parts = Mutex<Parts?>(nil)
  /// Triggers whose last reading failed, and why, so that each is told once.
  private let unknown = Mutex<[ObjectKey: [String: String]]>([:])
  /// What could not be done for an object, told once in the log as well; its event counts how often.
  private let undone = Mutex<[ObjectKey: ScaleEvent]>([:])

  /// What has changed since the last decision about an object.
  private struct News {
    /// Triggers that have become unknown, or unknown for another reason.
    var failures: [String] = []
    /// Triggers that are read again.
    var recovered: [String] = []
  }

  init(time: any TimeSource, logger: Logger) {
    self.time = time
    self.logger = logger
  }

  func connect(cache: ClusterCache, status: StatusWriter, events: ObjectEvents) {
    parts.withLock { $0 = Parts(cache: cache, status: status, events: events) }
  }

  func decided(_ record: DecisionRecord, object: ManagedObject, events: [ScaleEvent]) async {
    guard let parts = parts.withLock({ $0 }), let scaledObject = parts.cache.scaledObject(record.key) else { return }
    parts.status.update(record.key, view: object.statusView)
    // While an object is paused nothing is read, so nothing has failed.
    let news = object.plan.scaling.pause.isFullyPaused ? News() : news(record)
    let toLog = toLog(events, of: record.key)
    guard record.scaledTo != nil || !events.isEmpty || !news.failures.isEmpty || !news.recovered.isEmpty else { return }
    log(record, news, toLog, readAt: object.snapshot.triggers.compactMap(\.readAt).max())
    for event in events { parts.events.record(event, about: scaledObject) }
    for failure in news.failures { parts.events.scalerFailed(scaledObject, failure) }
  }

  func forget(_ key: ObjectKey) {
    unknown.withLock { $0[key] = nil }
    undone.withLock { $0[key] = nil }
  }

  /// What the log tells of a decision's events: what could not be done, and fallbacks.
  private func toLog(_ events: [ScaleEvent], of key: ObjectKey) -> [ScaleEvent] {
    let warning = events.first { $0.type == "Warning" }
    let isNews = undone.withLock { undone in
      defer { undone[key] = warning }
      return undone[key] != warning
    }
    return events.filter { $0.type == "Warning" ? isNews : $0.reason.contains("Fallback") }
  }

  private func news(_ record: DecisionRecord) -> News {
    var now: [String: String] = [:]
    for trigger in record.triggers {
      if let reason = trigger.unknown ?? trigger.failure { now[trigger.metricName] = reason }
    }
    return unknown.withLock { unknown in
      let before = unknown[record.key] ?? [:]
      guard before != now else { return News() }
      unknown[record.key] = now.isEmpty ? nil : now
      return News(
        failures: now.sorted { $0.key < $1.key }.filter { before[$0.key] != $0.value }.map { "\($0.key): \($0.value)" },
        recovered: before.keys.filter { name in
          now[name] == nil && record.triggers.contains { $0.metricName == name }
        }.sorted())
    }
  }

  private func log(_ record: DecisionRecord, _ news: News, _ events: [ScaleEvent], readAt: Timestamp?) {
    let object: Logger.MetadataValue = "\(record.key)"
    for failure in news.failures {
      logger.warning("a trigger is unknown", metadata: ["scaledObject": object, "error": "\(failure)"])
    }
    for name in news.recovered {
      logger.info("a trigger is known again", metadata: ["scaledObject": object, "trigger": "\(name)"])
    }
    for event in events {
      let level: Logger.Level = event.type == "Warning" ? .warning : .notice
      logger.log(level: level, "\(event.message)", metadata: ["scaledObject": object, "reason": "\(event.reason)"])
    }
    guard let replicas = record.scaledTo else { return }
    var metadata: Logger.Metadata = [
      "scaledObject": "\(record.key)", "from": "\(record.currentReplicas)", "to": "\(replicas)",
      "reason": "\(record.reasons.first?.message ?? "")",
    ]
    // From the newest answer of a source to the end of the write.
    if let readAt {
      metadata["millisecondsAfterReading"] = "\((time.now() - readAt).saturatingNanoseconds / 1_000_000)"
    }
    logger.info("scaled", metadata: metadata)
  }
}
