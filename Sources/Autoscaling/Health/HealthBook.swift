public import KubernetesAPI

/// The health of an object's metrics by name: what `status.health` shows and the fallback rules ask.
public struct HealthBook: Hashable, Sendable {
  private var entries: [String: TriggerHealth]

  public init() { entries = [:] }

  /// Takes up where an earlier run left off.
  public init(status: [String: HealthStatus]) {
    entries = status.mapValues {
      TriggerHealth(numberOfFailures: $0.numberOfFailures ?? 0, isFailing: $0.status == "Failing")
    }
  }

  /// As KEDA writes it.
  public var status: [String: HealthStatus] {
    entries.mapValues {
      HealthStatus(numberOfFailures: $0.numberOfFailures, status: $0.isFailing ? "Failing" : "Happy")
    }
  }

  public subscript(metric: String) -> TriggerHealth? { entries[metric] }

  /// Counts a reading once; see `TriggerHealth.count`.
  public mutating func count(_ reading: Reading, of metric: String) {
    entries[metric, default: TriggerHealth()].count(reading)
  }

  /// Forgets metrics that the object no longer has.
  public mutating func keepOnly(_ metrics: some Sequence<String>) {
    if entries.isEmpty { return }
    let names = Set(metrics)
    if entries.keys.allSatisfy(names.contains) { return }
    entries = entries.filter { names.contains($0.key) }
  }

  /// True while some metric fails more often in a row than `threshold` allows.
  public func exceeds(_ threshold: Int32) -> Bool {
    entries.values.contains { $0.isFailing && $0.numberOfFailures > threshold }
  }
}
