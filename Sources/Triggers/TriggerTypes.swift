internal import KubernetesAPI

/// Every type of trigger that Swell knows. A new one is a line in `external`.
public enum TriggerTypes {
  private static let external: [String: any ExternalTrigger.Type] = [
    "kafka": KafkaTrigger.self,
    "prometheus": PrometheusTrigger.self,
    "redis-cluster-streams": RedisStreamsTrigger.self,
    "redis-sentinel-streams": RedisStreamsTrigger.self,
    "redis-streams": RedisStreamsTrigger.self,
  ]

  /// What can be written as a trigger's `type`, sorted.
  public static let names: [String] = (Array(external.keys) + ResourceTrigger.types).sorted()

  /// Understands one trigger, or throws everything that is wrong with it.
  public static func parse(_ declaration: TriggerDeclaration) throws(TriggerError) -> ParsedTrigger {
    if let type = external[declaration.type] { return .external(try type.init(declaration)) }
    if ResourceTrigger.types.contains(declaration.type) { return .resource(try ResourceTrigger(declaration)) }
    throw TriggerError([FieldError(field: "type", message: unknownTypeMessage(declaration.type))])
  }

  /// Whether external metrics come of this type; false for cpu, memory and unknown types.
  public static func isExternal(_ type: String) -> Bool { external[type] != nil }

  private static func unknownTypeMessage(_ type: String) -> String {
    let list = names.joined(separator: ", ")
    if otherKEDATypes.contains(type) {
      return "\"\(type)\" is a trigger of KEDA that this version of Swell does not support yet: write one of \(list)"
    }
    let known = "no scaler found for type: \(shortened(type))"
    guard let nearest = nearestName(to: type, among: names + Array(otherKEDATypes)) else {
      return "\(known): write one of \(list)"
    }
    return "\(known): did you mean \(nearest)? Swell knows \(list)"
  }
}
