/// What a path of the API means.
enum RequestTarget: Sendable {
  case resource(ResourceTarget)
  /// /api/v1, /apis/GROUP/VERSION
  case versionDiscovery(group: String, version: String)
  case other(String)

  struct ResourceTarget: Sendable {
    var group: String
    var version: String
    var resource: String
    var namespace: String?
    var name: String?
    var subresource: String?
    /// What follows the resource's own path, of requests that are handed on.
    var verb: String
  }

  init(_ request: APIRequest) { self = Self.parsed(request) }

  private static func parsed(_ request: APIRequest) -> RequestTarget {
    var parts = request.path.split(separator: "/").map(String.init)
    let whole = request.path
    guard let root = parts.first, root == "api" || root == "apis" else { return .other(whole) }
    parts.removeFirst()
    var group = ""
    if root == "apis" {
      guard parts.count >= 2 else { return .other(whole) }
      group = parts.removeFirst()
    }
    guard let version = parts.first else { return .other(whole) }
    parts.removeFirst()
    guard !parts.isEmpty else { return .versionDiscovery(group: group, version: version) }
    var target = ResourceTarget(group: group, version: version, resource: "", verb: "")
    let isSubresourceOfNamespace = parts.count == 3 && ["status", "finalize"].contains(parts[2])
    if parts[0] == "namespaces", parts.count >= 3, !isSubresourceOfNamespace {
      target.namespace = parts[1]
      parts.removeFirst(2)
    }
    target.resource = parts[0]
    if parts.count > 1 { target.name = parts[1] }
    if parts.count > 2 { target.subresource = parts[2...].joined(separator: "/") }
    target.verb = verb(request, isNamed: target.name != nil)
    return .resource(target)
  }

  private static func verb(_ request: APIRequest, isNamed: Bool) -> String {
    switch request.method {
    case "GET", "HEAD": request.isOn("watch") ? "watch" : isNamed ? "get" : "list"
    case "POST": "create"
    case "PUT": "update"
    case "PATCH": "patch"
    case "DELETE": isNamed ? "delete" : "deletecollection"
    default: request.method.lowercased()
    }
  }
}
