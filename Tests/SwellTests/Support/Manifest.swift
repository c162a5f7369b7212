/// Texts of small manifests, right unless an argument makes them wrong.
enum Manifest {
  /// A ScaledObject in namespace `shop` with one redis-streams trigger, polled each second.
  /// - Parameters:
  ///   - minimum: YAML for `minReplicaCount`; the others likewise.
  ///   - spec: further lines of the spec.
  ///   - metadata: further lines of the trigger's metadata.
  static func redis(
    _ name: String, minimum: String = "0", maximum: String = "10", type: String = "redis-streams",
    address: String = "127.0.0.1:6379", stream: String? = "orders", target: String = "\"5\"", spec: [String] = [],
    metadata: [String] = [], authentication: String? = nil
  ) -> String {
    let lines =
      ["address: \(address)"] + (stream.map { ["stream: \($0)"] } ?? []) + [
        "consumerGroup: workers", "pendingEntriesCount: \(target)",
      ]
    return object(
      name, spec: ["minReplicaCount: \(minimum)", "maxReplicaCount: \(maximum)"] + spec,
      triggers: [trigger(type, lines + metadata, authentication: authentication)])
  }

  static func object(_ name: String, spec: [String] = [], triggers: [String]) -> String {
    """
    apiVersion: keda.sh/v1alpha1
    kind: ScaledObject
    metadata:
      name: \(name)
      namespace: shop
    spec:
      scaleTargetRef:
        name: \(name)
      pollingInterval: 1
    \(spec.map { "  \($0)\n" }.joined())  triggers:
    \(triggers.joined(separator: "\n"))

    """
  }

  static func trigger(_ type: String, _ metadata: [String], authentication: String? = nil) -> String {
    let reference = authentication.map { "\n      authenticationRef: {name: \($0)}" } ?? ""
    return "    - type: \(type)\n      metadata:\n"
      + metadata.map { "        \($0)" }.joined(separator: "\n") + reference
  }

  /// A TriggerAuthentication `name` and its Secret, in namespace `shop`, that give the parameter `password`.
  static func password(_ password: String, as name: String) -> String {
    """
    apiVersion: keda.sh/v1alpha1
    kind: TriggerAuthentication
    metadata: {name: \(name), namespace: shop}
    spec:
      secretTargetRef:
        - {parameter: password, name: \(name), key: password}
    ---
    apiVersion: v1
    kind: Secret
    metadata: {name: \(name), namespace: shop}
    stringData: {password: \(password)}

    """
  }
}
