internal import KubernetesAPI

/// The `/scale` subresource as autoscaling/v1 Scale.
enum ScaleView {
  static func scale(of object: JSONValue, _ type: ResourceDefinition) -> JSONValue {
    let paths = type.scale ?? .init(spec: ["spec", "replicas"], status: ["status", "replicas"])
    var metadata: [String: JSONValue] = [:]
    for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
      metadata[key] = object["metadata", key]
    }
    var status: JSONValue = ["replicas": .integer(object[path: paths.status[...]]?.int ?? 0)]
    if let selector = selector(of: object, paths) { status["selector"] = .string(selector) }
    var spec: JSONValue = [:]
    // Zero replicas are left out, as the real type omits them.
    let replicas = object[path: paths.spec[...]]?.int ?? 0
    if replicas != 0 { spec["replicas"] = .integer(replicas) }
    return [
      "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": .object(metadata), "spec": spec, "status": status,
    ]
  }

  /// A custom object that does not say its replicas has no scale to read, though one can be written.
  static func checkReplicas(of object: JSONValue, _ type: ResourceDefinition) throws(APIError) {
    guard type.isCustom, let path = type.scale?.spec, object[path: path[...]]?.int == nil else { return }
    let shown = path.map { ".\($0)" }.joined()
    throw APIError(
      500, "InternalError", "Internal error occurred: the spec replicas field \"\(shown)\" does not exist")
  }

  private static func selector(of object: JSONValue, _ paths: ResourceDefinition.ScalePaths) -> String? {
    if let path = paths.selector { return object[path: path[...]]?.text }
    var labels: [String] = []
    for (key, value) in object["spec", "selector", "matchLabels"]?.strings ?? [:] { labels.append("\(key)=\(value)") }
    return labels.sorted().joined(separator: ",")
  }

  /// The object with the replicas that a Scale asks for.
  static func applying(
    _ scale: JSONValue, to object: JSONValue, _ type: ResourceDefinition
  ) throws(APIError) -> JSONValue {
    if let kind = scale["kind"]?.text, kind != "Scale" {
      throw .badRequest("expected a Scale, but \(kind) was provided")
    }
    let replicas = scale["spec", "replicas"]?.int ?? 0
    var findings: [Finding] = []
    if replicas < 0 {
      findings.append(.invalid("spec.replicas", .integer(replicas), "must be greater than or equal to 0"))
    }
    if replicas > 2_147_483_647 {
      throw .badRequest(
        "json: cannot unmarshal number \(replicas) into Go struct field ScaleSpec.spec.replicas of type int32")
    }
    if !findings.isEmpty {
      var shown = type
      shown.group = "autoscaling"
      shown.kind = "Scale"
      throw .invalid(shown, object.name, findings)
    }
    var object = object
    object[path: (type.scale?.spec ?? ["spec", "replicas"])[...]] = .integer(replicas)
    return object
  }
}
