internal import KubernetesAPI
internal import TestSupport

/// Objects as `kubectl apply` would send them.
struct Manifests: Sendable {
  var objects: [JSONValue]

  init(yaml: String) throws { objects = try YAMLText.documents(yaml) }

  static let base = Task { try await kustomize("deploy/base") }

  /// The folders that can be applied, base first.
  static let folders = [
    "deploy/base", "deploy/overlays/namespaced", "deploy/overlays/cert-manager", "deploy/overlays/prometheus-operator",
  ]

  static func kustomize(_ folder: String) async throws -> Manifests {
    let tools = try await KubernetesTools.shared.value
    return try Manifests(yaml: await KubernetesTools.output(tools.kubectl, ["kustomize", Repository.path(folder)]))
  }

  /// The chart as release `swell` in namespace `swell-system`.
  static func helm(_ arguments: String...) async throws -> Manifests {
    let tools = try await KubernetesTools.shared.value
    let chart = Repository.path("deploy/helm/swell")
    return try Manifests(
      yaml: await KubernetesTools.output(
        tools.helm, ["template", "swell", chart, "--namespace", "swell-system"] + arguments))
  }

  func all(_ kind: String) -> [JSONValue] { objects.filter { $0["kind"]?.text == kind } }

  func first(_ kind: String, _ name: String) throws -> JSONValue {
    guard let object = all(kind).first(where: { $0["metadata", "name"]?.text == name }) else {
      throw KubernetesTools.Failed(description: "there is no \(kind) \(name)")
    }
    return object
  }

  /// "kind namespace/name" of every object.
  var identities: [String] { objects.map(\.identity).sorted() }

  var deployment: JSONValue { get throws { try first("Deployment", "swell") } }

  /// The container `swell` of the Deployment.
  var container: JSONValue {
    get throws { try deployment["spec", "template", "spec", "containers"]?[0] ?? .null }
  }

  /// The arguments of the container by flag: `["--secure-port": "6443", …]`; a flag without a value has "".
  var flags: [String: String] {
    get throws {
      let arguments = (try container["args"]?.items ?? []).compactMap(\.text)
      return Dictionary(
        arguments.dropFirst().map { argument in
          let parts = argument.split(separator: "=", maxSplits: 1)
          return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }, uniquingKeysWith: { $1 })
    }
  }

  /// The container's ports by name.
  var ports: [String: Int64] {
    get throws {
      var result: [String: Int64] = [:]
      for port in try container["ports"]?.items ?? [] { result[port["name"]?.text ?? ""] = port["containerPort"]?.int }
      return result
    }
  }
}

extension JSONValue {
  var identity: String {
    "\(self["kind"]?.text ?? "") \(self["metadata", "namespace"]?.text ?? "")/\(self["metadata", "name"]?.text ?? "")"
  }

  var texts: [String] { (items ?? []).compactMap(\.text) }
}
