internal import HTTPServing
internal import KubernetesAPI

/// What discovery says: one group, one version, one resource. Metrics are not listed one by one. Encoded once.
enum Discovery {
  private static let version = GroupVersionForDiscovery(
    groupVersion: ExternalMetricValueList.groupVersion, version: "v1beta1")

  /// `/apis`. Aggregated discovery (`as=APIGroupDiscoveryList`) is answered with this too; clients then ask on.
  static let groups = HTTPResponse.encode(
    APIGroupList(groups: [
      APIGroup(name: "external.metrics.k8s.io", versions: [version], preferredVersion: version, isListed: true)
    ]))

  /// `/apis/external.metrics.k8s.io`.
  static let group = HTTPResponse.encode(
    APIGroup(name: "external.metrics.k8s.io", versions: [version], preferredVersion: version))

  /// `/apis/external.metrics.k8s.io/v1beta1`.
  static let resources = HTTPResponse.encode(
    APIResourceList(
      groupVersion: ExternalMetricValueList.groupVersion,
      resources: [
        APIResource(name: "externalmetrics", namespaced: true, kind: "ExternalMetricValueList", verbs: ["get"])
      ]))

  /// `/`.
  static let paths = HTTPResponse.encode(
    JSONValue.object([
      "paths": [
        "/apis", "/apis/external.metrics.k8s.io", "/apis/external.metrics.k8s.io/v1beta1", "/healthz", "/livez",
        "/openapi/v2", "/openapi/v3", "/openapi/v3/apis/external.metrics.k8s.io/v1beta1", "/readyz", "/version",
      ]
    ]))

  /// `/version`.
  static let kubernetesVersion = HTTPResponse.encode(VersionInfo())
}

/// `/version`, as every Kubernetes API has it: the version of Kubernetes whose conventions the API follows.
struct VersionInfo: Codable {
  var major = "1"
  var minor = "36"
  var gitVersion = "v1.36.0"
  var gitCommit = ""
  var gitTreeState = ""
  var buildDate = ""
  var goVersion = ""
  var compiler = "swift"
  #if arch(arm64)
    var platform = "linux/arm64"
  #else
    var platform = "linux/amd64"
  #endif
}
