internal import KubernetesAPI

/// A Lease as this replica has seen it. How old it is counts from when a change of it was first seen here, by this
/// replica's clock: the times written into it come from another clock, and are for people. Pure.
struct LeaseObservation: Sendable {
  private(set) var lease: Lease?
  private(set) var changedAt: Timestamp?

  /// Nil when nobody holds it.
  var holder: String? { lease?.spec?.holderIdentity.flatMap { $0.isEmpty ? nil : $0 } }

  mutating func see(_ seen: Lease, at now: Timestamp) {
    if changedAt == nil || seen.spec != lease?.spec || seen.metadata.resourceVersion != lease?.metadata.resourceVersion
    {
      changedAt = now
    }
    lease = seen
  }

  /// When others may take it over.
  /// - Parameter duration: for Leases that do not say.
  func expiry(duration: Duration) -> Timestamp? {
    guard let changedAt, holder != nil else { return nil }
    let seconds = lease?.spec?.leaseDurationSeconds ?? 0
    return changedAt + (seconds > 0 ? .seconds(Int64(seconds)) : duration)
  }

  func isFree(at now: Timestamp, duration: Duration) -> Bool {
    guard let expiry = expiry(duration: duration) else { return true }
    return now >= expiry
  }

  /// The Lease held by `identity`, with the resource version seen: the server refuses it if somebody was faster.
  func held(by identity: String, _ configuration: LeaderElection.Configuration, at now: Timestamp) -> Lease {
    let time = now.rfc3339(fractionDigits: 6)
    var lease =
      self.lease
      ?? Lease(metadata: ObjectMeta(name: configuration.name, namespace: configuration.namespace))
    var spec = lease.spec ?? LeaseSpec()
    if holder != identity {
      spec.acquireTime = time
      spec.leaseTransitions = self.lease == nil ? 0 : (spec.leaseTransitions ?? 0).addingSaturating(1)
      spec.holderIdentity = identity
    }
    spec.renewTime = time
    // Rounded up: others must not count with less than we do.
    let seconds = configuration.leaseDuration.components.seconds
    let isWhole = configuration.leaseDuration.components.attoseconds == 0
    spec.leaseDurationSeconds = Int32(clamping: max(1, isWhole ? seconds : seconds.addingSaturating(1)))
    lease.spec = spec
    // Nobody needs them, and they grow.
    lease.metadata.managedFields = nil
    return lease
  }

  /// The Lease given up: others need not wait.
  func released(at now: Timestamp) -> Lease? {
    guard var lease else { return nil }
    let time = now.rfc3339(fractionDigits: 6)
    lease.spec = LeaseSpec(
      holderIdentity: "", leaseDurationSeconds: 1, acquireTime: time, renewTime: time,
      leaseTransitions: lease.spec?.leaseTransitions)
    lease.metadata.managedFields = nil
    return lease
  }
}
