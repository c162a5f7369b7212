public import KubernetesAPI

/// What is known of a ScaledObject and its target at the moment of a decision.
public struct ScalingState: Hashable, Sendable {
  public enum Replicas: Hashable, Sendable {
    case known(Int32)
    /// Why they could not be read, such as `app not found`.
    case unreadable(String)
  }

  /// `metadata.creationTimestamp` of the ScaledObject.
  public var createdAt: Timestamp
  /// `status.lastActiveTime`.
  public var lastActiveTime: Timestamp?
  /// `spec.replicas` of the target; 1 where it is not written.
  public var replicas: Replicas
  /// Pods of the target that run and are ready, where they were counted.
  public var readyPods: Int32?

  public init(
    createdAt: Timestamp, lastActiveTime: Timestamp? = nil, replicas: Replicas, readyPods: Int32? = nil
  ) {
    self.createdAt = createdAt
    self.lastActiveTime = lastActiveTime
    self.replicas = replicas
    self.readyPods = readyPods
  }

  public var facts: ReplicaFacts {
    switch replicas {
    case .known(let count): ReplicaFacts(current: count, ready: readyPods)
    case .unreadable: ReplicaFacts(current: nil, ready: readyPods)
    }
  }
}
