/// `coordination.k8s.io/v1` Lease: who leads, and until when unless renewed.
public struct Lease: Codable, Hashable, Sendable {
  public var apiVersion = "coordination.k8s.io/v1"
  public var kind = "Lease"
  public var metadata: ObjectMeta
  public var spec: LeaseSpec?

  public init(metadata: ObjectMeta, spec: LeaseSpec? = nil) {
    self.metadata = metadata
    self.spec = spec
  }
}

public struct LeaseSpec: Codable, Hashable, Sendable {
  /// Absent or empty when nobody holds it.
  public var holderIdentity: String?
  /// How long others wait for a renewal before they take over.
  public var leaseDurationSeconds: Int32?
  /// RFC 3339 with six digits of fraction, by the holder's clock. For people: clocks differ.
  public var acquireTime: String?
  /// The same.
  public var renewTime: String?
  /// How often the holder changed.
  public var leaseTransitions: Int32?

  public init(
    holderIdentity: String? = nil, leaseDurationSeconds: Int32? = nil, acquireTime: String? = nil,
    renewTime: String? = nil, leaseTransitions: Int32? = nil
  ) {
    self.holderIdentity = holderIdentity
    self.leaseDurationSeconds = leaseDurationSeconds
    self.acquireTime = acquireTime
    self.renewTime = renewTime
    self.leaseTransitions = leaseTransitions
  }
}
