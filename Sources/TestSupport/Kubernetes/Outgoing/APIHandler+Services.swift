internal import KubernetesAPI

extension APIHandler {
  /// The port of 127.0.0.1 that a Service leads to: where the test says it is, or, of a Service of type ExternalName that
  /// names this machine, the port that the caller names.
  func port(ofService name: String, in namespace: String, servicePort: Int) -> Int? {
    if let port = outgoing.port(ofService: name, in: namespace, servicePort: servicePort) { return port }
    let spec = store.get("services", ObjectID(namespace, name))?.value["spec"]
    guard spec?["type"] == "ExternalName", ["localhost", "127.0.0.1"].contains(spec?["externalName"]?.text) else {
      return nil
    }
    return servicePort
  }
}
