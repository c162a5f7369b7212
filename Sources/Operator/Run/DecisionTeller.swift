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
  /// Triggers that are unknown, and why, so that each is told once.
  private let unknown = Mutex<[ObjectKey: [String: String]]>([:])

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
    let failures = object.plan.scaling.pause.isFullyPaused ? [] : news(record)
    guard record.scaledTo != nil || !events.isEmpty || !failures.isEmpty else { return }
    log(record, failures, readAt: object.snapshot.triggers.compactMap(\.readAt).max())
    for event in events { parts.events.record(event, about: scaledObject) }
    for failure in failures { parts.events.scalerFailed(scaledObject, failure) }
  }

  func forget(_ key: ObjectKey) { unknown.withLock { $0[key] = nil } }

  /// Triggers that have become unknown, or unknown for another reason.
  private func news(_ record: DecisionRecord) -> [String] {
    var now: [String: String] = [:]
    for trigger in record.triggers { if let reason = trigger.unknown { now[trigger.metricName] = reason } }
    return unknown.withLock { unknown in
      let before = unknown[record.key] ?? [:]
      guard before != now else { return [] }
      unknown[record.key] = now.isEmpty ? nil : now
      return now.sorted { $0.key < $1.key }.filter { before[$0.key] != $0.value }.map { "\($0.key): \($0.value)" }
    }
  }

  private func log(_ record: DecisionRecord, _ failures: [String], readAt: Timestamp?) {
    for failure in failures {
      logger.warning("a trigger is unknown", metadata: ["scaledObject": "\(record.key)", "error": "\(failure)"])
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
