/// `v1` LimitRange: what containers of a namespace get unless they say otherwise.
public struct LimitRange: Codable, Hashable, Sendable {
  public var apiVersion = "v1"
  public var kind = "LimitRange"
  public var metadata: ObjectMeta
  public var spec: LimitRangeSpec?

  public init(metadata: ObjectMeta, spec: LimitRangeSpec? = nil) {
    self.metadata = metadata
    self.spec = spec
  }

  private enum CodingKeys: String, CodingKey { case apiVersion, kind, metadata, spec }

  /// Items of a list come without `apiVersion` and `kind`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    apiVersion = try container.decodeIfPresent(String.self, forKey: .apiVersion) ?? "v1"
    kind = try container.decodeIfPresent(String.self, forKey: .kind) ?? "LimitRange"
    metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
    spec = try container.decodeIfPresent(LimitRangeSpec.self, forKey: .spec)
  }

  /// Whether containers without a request or limit of their own get one of this resource that is above 0.
  public func givesContainers(_ resource: String) -> Bool {
    (spec?.limits ?? []).contains { item in
      item.type == "Container"
        && [item.defaultRequest?[resource], item.default?[resource]].contains { ($0?.sign ?? 0) > 0 }
    }
  }
}

public struct LimitRangeSpec: Codable, Hashable, Sendable {
  public var limits: [LimitRangeItem]?

  public init(limits: [LimitRangeItem]?) { self.limits = limits }
}

public struct LimitRangeItem: Codable, Hashable, Sendable {
  /// `Container`, `Pod` or `PersistentVolumeClaim`.
  public var type: String?
  /// Limits that containers get.
  public var `default`: [String: Quantity]?
  /// Requests that containers get.
  public var defaultRequest: [String: Quantity]?

  public init(type: String?, default limits: [String: Quantity]? = nil, defaultRequest: [String: Quantity]? = nil) {
    self.type = type
    self.default = limits
    self.defaultRequest = defaultRequest
  }
}

extension ResourceRequirements {
  /// Whether there is a request or a limit of this resource that is above 0.
  public func has(_ resource: String) -> Bool {
    [requests?[resource], limits?[resource]].contains { ($0?.sign ?? 0) > 0 }
  }
}
