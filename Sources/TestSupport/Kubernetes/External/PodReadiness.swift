internal import KubernetesAPI

/// A control plane without nodes starts no pods. This says of them that they run and are Ready, as a kubelet would, so
/// that Deployments are available and HPAs with a target of type Value count them. Pods that were given to a node are
/// left alone.
enum PodReadiness {
  static func run(_ connection: ExternalConnection, namespace: String) async {
    while !Task.isCancelled {
      let path = "/api/v1/namespaces/\(namespace)/pods"
      for pod in (try? connection.send("GET", path))?["items"]?.items ?? [] {
        let isReady = (pod["status", "conditions"]?.items ?? []).contains {
          $0["type"] == "Ready" && $0["status"] == "True"
        }
        guard !isReady, pod["spec", "nodeName"] == nil, !pod.isTerminating else { continue }
        let status: JSONValue = [
          "phase": "Running", "conditions": [["type": "Ready", "status": "True"]],
        ]
        _ = try? connection.send(
          "PATCH", "\(path)/\(pod.name)/status", ["status": status], contentType: "application/merge-patch+json")
      }
      try? await ContinuousClock().sleep(for: .seconds(1))
    }
  }
}
