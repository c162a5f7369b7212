internal import KubernetesAPI
internal import KubernetesClient

/// The events of TriggerAuthentications and ClusterTriggerAuthentications. Those of the latter, which are in no namespace,
/// are kept in the namespace `default`.
extension ObjectEvents {
  func authenticationAdded(_ reference: AuthenticationReference, _ metadata: ObjectMeta) {
    let kind = Self.kind(reference)
    record("Normal", "\(kind)Added", "New \(kind) configured", reference, metadata)
  }

  /// KEDA gives both kinds the reason and the text of the second; who waits for them finds them.
  func authenticationUpdated(_ reference: AuthenticationReference, _ metadata: ObjectMeta) {
    record(
      "Normal", "ClusterTriggerAuthenticationUpdated", "ClusterTriggerAuthentication \(reference.name) is updated",
      reference, metadata)
  }

  func authenticationDeleted(_ reference: AuthenticationReference, _ metadata: ObjectMeta) {
    let kind = Self.kind(reference)
    record("Warning", "\(kind)Deleted", "\(kind) was deleted", reference, metadata)
  }

  private func record(
    _ type: String, _ reason: String, _ message: String, _ reference: AuthenticationReference, _ metadata: ObjectMeta
  ) {
    record(
      type, reason, message,
      about: EventSubject(
        apiVersion: ScaledObject.apiVersion, kind: Self.kind(reference), namespace: reference.namespace,
        name: reference.name, uid: metadata.uid))
  }

  private static func kind(_ reference: AuthenticationReference) -> String {
    reference.namespace == nil ? ClusterTriggerAuthentication.kind : TriggerAuthentication.kind
  }
}
