public import Engine
internal import KubernetesAPI

/// What there is to work on, whether the engine can or not: for KEDA's counts of resources, and to tell of objects that are
/// wrong, which the engine does not have.
public struct ResourceInventory: Sendable {
  public struct Object: Sendable {
    public var key: ObjectKey
    public var triggerTypes: [String]
    /// Paused as a whole.
    public var isPaused: Bool
    /// How often it was found to be wrong.
    public var failures: Int

    public init(key: ObjectKey, triggerTypes: [String], isPaused: Bool, failures: Int) {
      self.key = key
      self.triggerTypes = triggerTypes
      self.isPaused = isPaused
      self.failures = failures
    }
  }

  public var objects: [Object]
  /// The namespace of each TriggerAuthentication.
  public var authenticationNamespaces: [String]
  public var clusterAuthentications: Int

  public init(objects: [Object] = [], authenticationNamespaces: [String] = [], clusterAuthentications: Int = 0) {
    self.objects = objects
    self.authenticationNamespaces = authenticationNamespaces
    self.clusterAuthentications = clusterAuthentications
  }

  /// Where there is nothing but what the engine has.
  init(of objects: [ObjectSnapshot]) {
    self.init(
      objects: objects.map {
        Object(key: $0.key, triggerTypes: $0.triggers.map(\.type), isPaused: $0.isPaused, failures: 0)
      })
  }
}
