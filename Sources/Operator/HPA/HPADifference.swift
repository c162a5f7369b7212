internal import Autoscaling
internal import KubernetesAPI

extension HPARecord {
  /// True when this HPA is not as `desired` says, as KEDA compares the two (`controllers/keda/hpa.go`): what others have
  /// added to its labels and annotations stays, and so does what the API server filled in.
  ///
  /// The label `app.kubernetes.io/version` is not compared: an upgrade, or the change from KEDA to Swell and back, must
  /// not write every HPA of a cluster. The owner is: an HPA that belongs to an object that is gone would be collected.
  func differs(from desired: HorizontalPodAutoscaler) -> Bool {
    guard let spec else { return true }
    return spec.scaleTargetRef != desired.spec.scaleTargetRef
      || spec.minReplicas ?? 1 != desired.spec.minReplicas ?? 1
      || spec.maxReplicas != desired.spec.maxReplicas
      || spec.metrics != desired.spec.metrics
      || behavior(of: spec) != behavior(of: desired.spec)
      || !metadata.labels.contains(desired.metadata.labels, except: Self.versionLabel)
      || !metadata.annotations.contains(desired.metadata.annotations)
      || (desired.metadata.annotations ?? [:]).isEmpty && !(metadata.annotations ?? [:]).isEmpty
      || metadata.ownerReferences?.filter(\.isController).map(\.uid)
        != desired.metadata.ownerReferences?.filter(\.isController).map(\.uid)
  }

  private static let versionLabel = "app.kubernetes.io/version"

  /// With the defaults that the API server fills in once a behavior is given.
  private func behavior(of spec: HPASpec) -> HPABehavior? {
    spec.behavior == nil ? nil : HPAAlgorithm(HPAConfiguration(spec)).effectiveBehavior
  }
}

extension OwnerReference {
  fileprivate var isController: Bool { controller ?? false }
}

extension [String: String]? {
  /// True when every entry of `other` is here, too.
  fileprivate func contains(_ other: [String: String]?, except key: String? = nil) -> Bool {
    (other ?? [:]).allSatisfy { $0.key == key || self?[$0.key] == $0.value }
  }
}
