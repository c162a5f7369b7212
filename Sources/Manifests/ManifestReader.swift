internal import Engine
internal import KubernetesAPI

/// Puts one document into the set: decoded strictly where Swell owns the kind, leniently where it knows only a part.
struct ManifestReader {
  var content: JSONValue
  var apiVersion: String
  var kind: String
  var origin: ManifestSet.Origin

  func read(into set: inout ManifestSet) {
    switch (apiVersion, kind) {
    case (ScaledObject.apiVersion, "ScaledObject"):
      add(ScaledObject.self, \.metadata, to: \.scaledObjects, of: &set)
    case (ScaledObject.apiVersion, "TriggerAuthentication"):
      add(TriggerAuthentication.self, \.metadata, to: \.triggerAuthentications, of: &set)
    case (ScaledObject.apiVersion, "ClusterTriggerAuthentication"):
      if let object = decode(ClusterTriggerAuthentication.self, into: &set) {
        set.clusterTriggerAuthentications[object.metadata.name] = .init(object: object, origin: origin)
      }
    case ("v1", "Secret"):
      add(Secret.self, \.metadata, to: \.secrets, of: &set, unknownFields: .ignored)
    case ("v1", "ConfigMap"):
      add(ConfigMap.self, \.metadata, to: \.configMaps, of: &set, unknownFields: .ignored)
    case (_, "Deployment"), (_, "StatefulSet"), (_, "ReplicaSet"):
      addWorkload(to: &set)
    case (ScaledObject.apiVersion, _):
      report(
        [
          FieldError(
            field: "kind",
            message:
              "\"\(shortened(kind))\" is not supported yet: this version knows ScaledObject, TriggerAuthentication and ClusterTriggerAuthentication"
          )
        ], into: &set)
    case (_, "ScaledObject"), (_, "TriggerAuthentication"), (_, "ClusterTriggerAuthentication"):
      report(unknownVersion, into: &set)
    case (let version, _) where version.hasPrefix("keda.sh/"):
      report(unknownVersion, into: &set)
    default:
      // Services, ConfigMaps of others, Kustomizations: whatever else lies in a folder of manifests.
      break
    }
  }

  private var unknownVersion: [FieldError] {
    [
      FieldError(
        field: "apiVersion",
        message: "\"\(shortened(apiVersion))\" of kind \(shortened(kind)) is not known: "
          + "write \(ScaledObject.apiVersion)")
    ]
  }

  private func decode<Object: Decodable>(
    _ type: Object.Type, into set: inout ManifestSet, unknownFields: StrictDecoder.UnknownFields = .reported
  ) -> Object? {
    let (object, errors) = StrictDecoder.decode(type, from: content, unknownFields: unknownFields)
    if !errors.isEmpty { report(errors, into: &set) }
    return errors.isEmpty ? object : nil
  }

  private func add<Object: Decodable & Sendable>(
    _ type: Object.Type, _ metadata: WritableKeyPath<Object, ObjectMeta>,
    to collection: WritableKeyPath<ManifestSet, [ObjectKey: ManifestSet.Item<Object>]>, of set: inout ManifestSet,
    unknownFields: StrictDecoder.UnknownFields = .reported
  ) {
    guard var object = decode(type, into: &set, unknownFields: unknownFields) else { return }
    if object[keyPath: metadata].namespace?.isEmpty == true { object[keyPath: metadata].namespace = nil }
    let meta = object[keyPath: metadata]
    let key = ObjectKey(namespace: Self.namespace(meta.namespace), name: meta.name)
    if let other = set[keyPath: collection][key] {
      report(
        [
          FieldError(
            field: "metadata.name",
            message: "\(kind) \(shortened(key.description, to: 120)) is written twice: also in \(other.origin)")
        ],
        into: &set)
      return
    }
    set[keyPath: collection][key] = .init(object: object, origin: origin)
  }

  private func addWorkload(to set: inout ManifestSet) {
    guard let workload = decode(Workload.self, into: &set, unknownFields: .ignored) else { return }
    let target = TargetReference(
      namespace: Self.namespace(workload.metadata.namespace), apiVersion: apiVersion, kind: kind,
      name: workload.metadata.name)
    set.workloads[target] = .init(object: workload, origin: origin)
  }

  /// An empty namespace is none, as it is for the API server.
  private static func namespace(_ written: String?) -> String {
    written.flatMap { $0.isEmpty ? nil : $0 } ?? ManifestDefaults.namespace
  }

  private func report(_ errors: [FieldError], into set: inout ManifestSet) {
    let metadata = content.field("metadata")
    set.addProblem(
      origin, kind: shortened(kind), namespace: Self.namespace(metadata?.field("namespace")?.text),
      name: metadata?.field("name")?.text ?? "", errors: errors)
  }
}

extension JSONValue {
  fileprivate func field(_ name: String) -> JSONValue? {
    guard case .object(let fields) = self else { return nil }
    return fields[name]
  }

  fileprivate var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }
}
