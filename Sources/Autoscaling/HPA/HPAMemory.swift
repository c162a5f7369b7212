public import KubernetesAPI

/// What an HPA remembers from one sync to the next.
///
/// The real controller keeps the three lists in its own memory (lost at a restart: `forgetHistory`) and the conditions
/// in the object's status (kept). A value: copy it to replay or to ask "what if".
public struct HPAMemory: Hashable, Sendable {
  /// A count that the metrics asked for, before stabilization and bounds.
  public struct Recommendation: Hashable, Sendable {
    public var replicas: Int32
    public var at: Timestamp

    public init(replicas: Int32, at: Timestamp) {
      self.replicas = replicas
      self.at = at
    }
  }

  /// A change of replicas that was carried out.
  public struct ScaleEvent: Hashable, Sendable {
    /// How many replicas were added or removed; positive in both directions.
    public var change: Int32
    public var at: Timestamp
    /// Was older than the longest period when its direction last stored an event: its slot may be used again.
    public var isOutdated: Bool

    public init(change: Int32, at: Timestamp, isOutdated: Bool = false) {
      self.change = change
      self.at = at
      self.isOutdated = isOutdated
    }
  }

  /// In slot order, which is not always time order. Empty: this controller has not synced the HPA yet.
  public var recommendations: [Recommendation]
  public var scaleUpEvents: [ScaleEvent]
  public var scaleDownEvents: [ScaleEvent]
  public var conditions: HPAConditions

  public init(
    recommendations: [Recommendation] = [], scaleUpEvents: [ScaleEvent] = [], scaleDownEvents: [ScaleEvent] = [],
    conditions: HPAConditions = HPAConditions()
  ) {
    self.recommendations = recommendations
    self.scaleUpEvents = scaleUpEvents
    self.scaleDownEvents = scaleDownEvents
    self.conditions = conditions
  }

  /// What a restart of the controller does: the lists are lost, the conditions stay.
  public mutating func forgetHistory() {
    self = HPAMemory(conditions: conditions)
  }

  /// Puts a recommendation into the slot of the last outdated one, or at the end.
  mutating func record(_ replicas: Int32, at now: Timestamp, replacing slot: Int?) {
    let recommendation = Recommendation(replicas: replicas, at: now)
    if let slot, recommendations.indices.contains(slot) {
      recommendations[slot] = recommendation
    } else {
      recommendations.append(recommendation)
    }
  }

  /// Stores a carried-out change with the events of its direction, in the slot of the last outdated one or at the end.
  ///
  /// - Parameter longestPeriod: of that direction's policies; events older than this are outdated.
  mutating func store(changeFrom old: Int32, to new: Int32, at now: Timestamp, longestPeriod: Duration) {
    let goesUp = new > old
    // Wraps where Go's int32 wraps; real replica counts never get there.
    let event = ScaleEvent(change: goesUp ? new &- old : old &- new, at: now)
    var events = goesUp ? scaleUpEvents : scaleDownEvents
    let cutoff = now - longestPeriod
    for index in events.indices where events[index].at < cutoff { events[index].isOutdated = true }
    if let slot = events.lastIndex(where: \.isOutdated) {
      events[slot] = event
    } else {
      events.append(event)
    }
    if goesUp { scaleUpEvents = events } else { scaleDownEvents = events }
  }
}
