internal import KubernetesAPI

/// How often the readings of one metric failed in a row.
public struct TriggerHealth: Hashable, Sendable {
  /// 0 after a reading that gave a value.
  public private(set) var numberOfFailures: Int32
  public private(set) var isFailing: Bool
  /// When the newest counted reading was observed; nil when none was counted since Swell started.
  private var countedUntil: Timestamp?

  public init(numberOfFailures: Int32 = 0, isFailing: Bool = false) {
    self.numberOfFailures = numberOfFailures
    self.isFailing = isFailing
  }

  /// Counts a reading, once: a reading that was counted before, or is older than one that was, changes nothing. So the
  /// poll loop and the HPA's queries may both hand in what they read. (KEDA counts on each path by itself.)
  public mutating func count(_ reading: Reading) {
    if let countedUntil, reading.observedAt <= countedUntil { return }
    countedUntil = reading.observedAt
    switch reading.outcome {
    case .value:
      numberOfFailures = 0
      isFailing = false
    case .unknown:
      numberOfFailures = numberOfFailures.addingSaturating(1)
      isFailing = true
    }
  }
}
