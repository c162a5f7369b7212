/// A container of a pod template: its environment and what it asks of the node.
public struct Container: Codable, Hashable, Sendable {
  public var name: String
  public var image: String?
  public var env: [EnvironmentVariable]?
  public var envFrom: [EnvironmentSource]?
  public var resources: ResourceRequirements?

  public init(
    name: String, image: String? = nil, env: [EnvironmentVariable]? = nil, envFrom: [EnvironmentSource]? = nil,
    resources: ResourceRequirements? = nil
  ) {
    self.name = name
    self.image = image
    self.env = env
    self.envFrom = envFrom
    self.resources = resources
  }
}

/// One entry of `env`: a literal value, or where it comes from.
public struct EnvironmentVariable: Codable, Hashable, Sendable {
  public var name: String
  /// `$(OTHER)` stands for an earlier variable, `$$` for a dollar sign.
  public var value: String?
  public var valueFrom: EnvironmentValueSource?

  public init(name: String, value: String? = nil, valueFrom: EnvironmentValueSource? = nil) {
    self.name = name
    self.value = value
    self.valueFrom = valueFrom
  }
}

/// Exactly one of the fields is set. What a pod knows only of itself (`fieldRef`, `resourceFieldRef`) is kept unread.
public struct EnvironmentValueSource: Codable, Hashable, Sendable {
  public var secretKeyRef: KeySelector?
  public var configMapKeyRef: KeySelector?
  public var fieldRef: JSONValue?
  public var resourceFieldRef: JSONValue?

  public init(secretKeyRef: KeySelector? = nil, configMapKeyRef: KeySelector? = nil) {
    self.secretKeyRef = secretKeyRef
    self.configMapKeyRef = configMapKeyRef
  }
}

/// A key of a Secret or ConfigMap of the same namespace.
public struct KeySelector: Codable, Hashable, Sendable {
  public var name: String
  public var key: String
  /// A missing object or key is no error.
  public var optional: Bool?

  public init(name: String, key: String, optional: Bool? = nil) {
    self.name = name
    self.key = key
    self.optional = optional
  }
}

/// One entry of `envFrom`: all keys of a Secret or ConfigMap, each with a prefix.
public struct EnvironmentSource: Codable, Hashable, Sendable {
  public var prefix: String?
  public var configMapRef: ObjectReference?
  public var secretRef: ObjectReference?

  public init(prefix: String? = nil, configMapRef: ObjectReference? = nil, secretRef: ObjectReference? = nil) {
    self.prefix = prefix
    self.configMapRef = configMapRef
    self.secretRef = secretRef
  }

  /// A Secret or ConfigMap by name.
  public struct ObjectReference: Codable, Hashable, Sendable {
    public var name: String
    public var optional: Bool?

    public init(name: String, optional: Bool? = nil) {
      self.name = name
      self.optional = optional
    }
  }
}

/// Requests and limits by resource (`cpu`, `memory`).
public struct ResourceRequirements: Codable, Hashable, Sendable {
  public var requests: [String: Quantity]?
  public var limits: [String: Quantity]?

  public init(requests: [String: Quantity]? = nil, limits: [String: Quantity]? = nil) {
    self.requests = requests
    self.limits = limits
  }
}
