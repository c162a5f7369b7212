internal import KubernetesAPI
internal import KubernetesClient

extension KubernetesClient {
  /// Takes KEDA's finalizer off an object; others stay. Does nothing where it is not.
  func removeFinalizer(of metadata: ObjectMeta, _ type: ResourceType) async throws(KubernetesError) {
    guard let finalizers = metadata.finalizers, finalizers.contains(ScaledObject.finalizer) else { return }
    var patch: [String: JSONValue] = [
      "finalizers": .array(finalizers.filter { $0 != ScaledObject.finalizer }.map { .string($0) })
    ]
    // A list in a merge patch replaces what is there: only the version that was read may be patched.
    patch["resourceVersion"] = metadata.resourceVersion.map { .string($0) }
    let _: IgnoredAnswer = try await self.patch(
      .merge(.object(["metadata": .object(patch)])), type, namespace: metadata.namespace, name: metadata.name)
  }
}
