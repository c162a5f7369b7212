internal import KubernetesAPI

/// What the server has: groups, versions, resources.
struct Discovery {
  private let types: [ResourceDefinition]

  init(_ registry: ResourceRegistry) { types = registry.all }

  static let core: JSONValue = [
    "kind": "APIVersions", "versions": ["v1"],
    "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"]],
  ]

  /// Of /apis.
  /// - Parameter aggregated: groups and versions that other servers have.
  func groups(aggregated: [(group: String, version: String)]) -> JSONValue {
    var versions: [String: [String]] = [:]
    var order: [String] = []
    for (group, version) in types.map({ ($0.group, $0.version) }) + aggregated where !group.isEmpty {
      if versions[group] == nil { order.append(group) }
      if versions[group]?.contains(version) != true { versions[group, default: []].append(version) }
    }
    return [
      "kind": "APIGroupList", "apiVersion": "v1",
      "groups": .array(order.map { group(named: $0, versions: versions[$0] ?? []) }),
    ]
  }

  /// Of /apis/GROUP; nil when there is none.
  func group(_ name: String, aggregated: [(group: String, version: String)]) -> JSONValue? {
    let versions =
      types.filter { $0.group == name }.map(\.version) + aggregated.filter { $0.group == name }.map(\.version)
    guard !versions.isEmpty else { return nil }
    var seen: [String] = []
    for version in versions where !seen.contains(version) { seen.append(version) }
    var result = group(named: name, versions: seen)
    result["kind"] = "APIGroup"
    result["apiVersion"] = "v1"
    return result
  }

  private func group(named name: String, versions: [String]) -> JSONValue {
    let list = versions.map { version -> JSONValue in
      ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
    }
    return ["name": .string(name), "versions": .array(list), "preferredVersion": list.first ?? [:]]
  }

  /// Of /api/v1 and /apis/GROUP/VERSION; nil when this server has none.
  func resources(group: String, version: String) -> JSONValue? {
    let found = types.filter { $0.group == group && $0.version == version }
    guard !found.isEmpty else { return nil }
    var resources: [JSONValue] = []
    for type in found {
      resources.append(entry(type, name: type.resource, kind: type.kind, verbs: type.verbs, isSubresource: false))
      let verbs = ["get", "patch", "update"]
      if type.hasStatus {
        resources.append(entry(type, name: "\(type.resource)/status", kind: type.kind, verbs: verbs))
      }
      if type.scale != nil {
        var scale = entry(type, name: "\(type.resource)/scale", kind: "Scale", verbs: verbs)
        scale["group"] = "autoscaling"
        scale["version"] = "v1"
        resources.append(scale)
      }
    }
    let groupVersion = group.isEmpty ? version : "\(group)/\(version)"
    return [
      "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(groupVersion),
      "resources": .array(resources),
    ]
  }

  private func entry(
    _ type: ResourceDefinition, name: String, kind: String, verbs: [String], isSubresource: Bool = true
  ) -> JSONValue {
    var entry: JSONValue = [
      "name": .string(name), "singularName": .string(isSubresource ? "" : type.singular),
      "namespaced": .bool(type.isNamespaced), "kind": .string(kind), "verbs": .array(verbs.map { .string($0) }),
    ]
    if !isSubresource {
      if !type.shortNames.isEmpty { entry["shortNames"] = .array(type.shortNames.map { .string($0) }) }
      if !type.categories.isEmpty { entry["categories"] = .array(type.categories.map { .string($0) }) }
    }
    return entry
  }
}
