internal import KubernetesAPI

extension APIHandler {
  /// Paths that are no resources.
  func other(_ path: String, _ request: APIRequest) throws(APIError) -> APIResponse {
    guard request.method == "GET" || request.method == "HEAD" else { throw .methodNotAllowed() }
    let discovery = Discovery(registry)
    switch path {
    case "/version", "/version/":
      return APIResponse([
        "major": "1", "minor": "36", "gitVersion": "v1.36.0", "gitCommit": "test", "gitTreeState": "clean",
        "buildDate": "2026-04-22T00:00:00Z", "goVersion": "go1.26", "compiler": "gc", "platform": "linux/amd64",
      ])
    case "/healthz", "/livez", "/readyz": return APIResponse(bytes: Array("ok".utf8), contentType: "text/plain")
    case "/api", "/api/": return APIResponse(Discovery.core)
    case "/apis", "/apis/": return APIResponse(discovery.groups(aggregated: aggregatedVersions))
    case "/openapi/v2": return APIResponse(OpenAPI(registry).swagger)
    case "/openapi/v3", "/openapi/v3/": return APIResponse(OpenAPI(registry).index)
    case "/", "":
      return APIResponse([
        "paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]
      ])
    default: break
    }
    if path.hasPrefix("/openapi/v3/"), let document = OpenAPI(registry).document(at: String(path.dropFirst(12))) {
      return APIResponse(document)
    }
    let parts = path.split(separator: "/")
    if parts.count == 2, parts[0] == "apis",
      let group = discovery.group(String(parts[1]), aggregated: aggregatedVersions)
    {
      return APIResponse(group)
    }
    throw .noSuchPath()
  }

  /// Groups and versions of APIServices that name a Service.
  private var aggregatedVersions: [(group: String, version: String)] {
    store.list("apiservices.apiregistration.k8s.io", namespace: nil).objects.compactMap { stored in
      guard stored.value["spec", "service"]?.fields != nil else { return nil }
      return (stored.value["spec", "group"]?.text ?? "", stored.value["spec", "version"]?.text ?? "")
    }
  }
}
