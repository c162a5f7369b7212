internal import KubernetesAPI
internal import KubernetesClient

/// What Swell looks at of a Deployment or StatefulSet: who it is, how many replicas, and its containers' environments.
struct WorkloadRecord: KubernetesObject, Hashable {
  var metadata: ObjectMeta
  var spec: WorkloadSpec?
  var status: Status?

  struct Status: Decodable, Hashable, Sendable {
    var replicas: Int32?
    var readyReplicas: Int32?
  }

  /// Without what nobody reads: images, commands and managed fields are most of an object's memory.
  var slim: WorkloadRecord {
    var record = self
    record.metadata = metadata.slim
    record.metadata.annotations = nil
    record.spec?.selector = nil
    record.spec?.template?.spec?.containers = spec?.template?.spec?.containers?.map { container in
      var container = container
      container.image = nil
      return container
    }
    return record
  }
}

/// What Swell looks at of an HPA: its own ones are compared with what they should be, others only by their target.
struct HPARecord: KubernetesObject, Hashable {
  var metadata: ObjectMeta
  var scaleTargetRef: CrossVersionObjectReference
  /// Nil when the HPA has something that Swell never writes (a metric of another type, say).
  var spec: HPASpec?
  var scalingActive: Condition?

  private enum CodingKeys: String, CodingKey { case metadata, spec, status }
  private struct TargetOnly: Decodable { var scaleTargetRef: CrossVersionObjectReference }
  private struct Status: Decodable { var conditions: [Condition]? }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
    scaleTargetRef = try container.decode(TargetOnly.self, forKey: .spec).scaleTargetRef
    spec = try? container.decode(HPASpec.self, forKey: .spec)
    scalingActive = try container.decodeIfPresent(Status.self, forKey: .status)?.conditions?
      .first { $0.type == "ScalingActive" }
  }

  var slim: HPARecord {
    var record = self
    record.metadata = metadata.slim
    return record
  }

  /// The ScaledObject that owns this HPA, by ownerReference.
  var owner: OwnerReference? {
    metadata.ownerReferences?.first { $0.kind == ScaledObject.kind && $0.apiVersion.hasPrefix("keda.sh/") }
  }
}

extension ObjectMeta {
  /// Without the fields that are large and that nobody reads.
  var slim: ObjectMeta {
    var metadata = self
    metadata.managedFields = nil
    metadata.selfLink = nil
    return metadata
  }

  var isBeingDeleted: Bool { deletionTimestamp != nil }
}
