internal import KubernetesAPI

/// What discovery says: one group, one version, one resource. Metrics are not listed one by one.
enum Discovery {
  private static let version = GroupVersionForDiscovery(
    groupVersion: ExternalMetricValueList.groupVersion, version: "v1beta1")

  static let group = APIGroup(name: "external.metrics.k8s.io", versions: [version], preferredVersion: version)
  static let listedGroup = APIGroup(
    name: "external.metrics.k8s.io", versions: [version], preferredVersion: version, isListed: true)
  static let resources = APIResourceList(
    groupVersion: ExternalMetricValueList.groupVersion,
    resources: [
      APIResource(name: "externalmetrics", namespaced: true, kind: "ExternalMetricValueList", verbs: ["get"])
    ])
}

/// `/version`, as every Kubernetes API has it.
struct VersionInfo: Encodable {
  var major = "1"
  var minor = "36"
  var gitVersion = "v1.36.0"
  var platform = "linux/amd64"
}
