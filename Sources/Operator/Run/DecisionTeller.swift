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
  /// Triggers whose last reading failed, and why, so that each has one event.
  private let unknown = Mutex<[ObjectKey: [String: String]]>([:])
  private let unreadable: FailureLog<TriggerName>
  private let undone: FailureLog<ObjectKey>

  private struct TriggerName: Hashable, CustomStringConvertible {
    var key: ObjectKey
    var metric: String

    var description: String { metric }
  }

  private struct Failure {
    var metric: String
    var reason: String

    var text: String { "\(metric): \(reason)" }
  }

  /// What has changed since the last decision about an object.
  private struct News {
    /// Triggers that are unknown now.
    var unknown: [Failure] = []
    /// Triggers that have become unknown, or unknown for another reason.
    var failures: [Failure] = []
    /// Triggers that are read again.
    var recovered: [String] = []
  }

  init(time: any TimeSource, logger: Logger) {
    self.time = time
    self.logger = logger
    unreadable = FailureLog(
      logger, .warning, time: time, label: "trigger", problem: "a trigger is unknown",
      end: "a trigger is known again")
    undone = FailureLog(
      logger, .warning, time: time, label: "scaledObject", problem: "a scale target could not be scaled; trying again")
  }

  func connect(cache: ClusterCache, status: StatusWriter, events: ObjectEvents) {
    parts.withLock { $0 = Parts(cache: cache, status: status, events: events) }
  }

  func decided(_ record: DecisionRecord, object: ManagedObject, events: [ScaleEvent]) async {
    guard let parts = parts.withLock({ $0 }), let scaledObject = parts.cache.scaledObject(record.key) else { return }
    parts.status.update(record.key, view: object.statusView)
    // While an object is paused nothing is read, so nothing has failed.
    let news = object.plan.scaling.pause.isFullyPaused ? News() : news(record)
    tellOfUndone(events, record)
    for failure in news.unknown {
      unreadable.failed(
        TriggerName(key: record.key, metric: failure.metric),
        cause: FailureBook.Cause(family: failure.reason, text: failure.reason), text: failure.text,
        ["scaledObject": "\(record.key)"])
    }
    guard record.scaledTo != nil || !events.isEmpty || !news.failures.isEmpty || !news.recovered.isEmpty else { return }
    log(record, news, events, readAt: object.snapshot.triggers.compactMap(\.readAt).max())
    for event in events { parts.events.record(event, about: scaledObject) }
    for failure in news.failures { parts.events.scalerFailed(scaledObject, failure.text) }
  }

  func forget(_ key: ObjectKey) {
    let metrics = unknown.withLock { $0.removeValue(forKey: key) } ?? [:]
    for metric in metrics.keys { unreadable.forget(TriggerName(key: key, metric: metric)) }
    undone.forget(key)
  }

  /// What could not be done, which is tried again with each decision. Its event counts how often.
  private func tellOfUndone(_ events: [ScaleEvent], _ record: DecisionRecord) {
    guard let warning = events.first(where: { $0.type == "Warning" }) else { return undone.forget(record.key) }
    undone.failed(
      record.key, cause: FailureBook.Cause(family: warning.reason, text: warning.message), text: warning.message,
      ["reason": "\(warning.reason)", "cause": "\(record.reasons.first?.message ?? "")"])
  }

  private func news(_ record: DecisionRecord) -> News {
    var now: [String: String] = [:]
    for trigger in record.triggers {
      if let reason = trigger.unknown ?? trigger.failure { now[trigger.metricName] = reason }
    }
    return unknown.withLock { unknown in
      let before = unknown[record.key] ?? [:]
      let all = now.sorted { $0.key < $1.key }.map { Failure(metric: $0.key, reason: $0.value) }
      guard before != now else { return News(unknown: all) }
      unknown[record.key] = now.isEmpty ? nil : now
      // Of triggers that are no more there is nothing to tell.
      let isThere: (String) -> Bool = { name in record.triggers.contains { $0.metricName == name } }
      let past = before.keys.filter { now[$0] == nil }.sorted()
      for name in past where !isThere(name) { unreadable.forget(TriggerName(key: record.key, metric: name)) }
      return News(
        unknown: all, failures: all.filter { before[$0.metric] != $0.reason }, recovered: past.filter(isThere))
    }
  }

  private func log(_ record: DecisionRecord, _ news: News, _ events: [ScaleEvent], readAt: Timestamp?) {
    let object: Logger.MetadataValue = "\(record.key)"
    for name in news.recovered {
      unreadable.ended(TriggerName(key: record.key, metric: name), ["scaledObject": object])
    }
    for event in events where event.type != "Warning" && event.reason.contains("Fallback") {
      logger.notice("\(event.message)", metadata: ["scaledObject": object, "reason": "\(event.reason)"])
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
