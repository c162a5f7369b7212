internal import HTTPServing

extension AccessAction {
  /// What a request does, in the terms of Kubernetes' authorization: by the rules of its generic API server
  /// (`RequestInfoFactory`), so that the roles that people know apply.
  ///
  /// - `GET /apis/external.metrics.k8s.io/v1beta1/namespaces/prod/s0-kafka?…` is `list` of the resource `s0-kafka` in the
  ///   namespace `prod`: the metric stands where other APIs have a resource, and a GET without an object's name is a
  ///   `list`, or a `watch` with `?watch=true`.
  /// - `GET /apis/external.metrics.k8s.io/v1beta1` and everything outside `/apis` is a path.
  init(_ request: HTTPRequest) {
    let path = request.path
    var parts = Self.split(path)[...]
    guard parts.count >= 4, parts.first == "apis" else {
      self = .path(String(path), verb: request.method.name.lowercased())
      return
    }
    let (group, version) = (parts[1], parts[2])
    parts = parts.dropFirst(3)
    var verb = Self.verb(of: request.method)
    if parts.count > 1, let special = parts.first, special == "watch" || special == "proxy" {
      verb = String(special)
      parts = parts.dropFirst()
    }
    var namespace = ""
    if parts.count > 1, parts.first == "namespaces" {
      namespace = String(parts[parts.startIndex + 1])
      // `status` and `finalize` are subresources of the namespace itself.
      if parts.count > 2, !["status", "finalize"].contains(parts[parts.startIndex + 2]) { parts = parts.dropFirst(2) }
    }
    var names = parts.makeIterator()
    let resource = names.next().map(String.init) ?? ""
    let name = names.next().map(String.init) ?? ""
    let subresource = verb == "proxy" ? "" : names.next().map(String.init) ?? ""
    if name.isEmpty, verb == "get" { verb = Self.isWatch(request) ? "watch" : "list" }
    if name.isEmpty, verb == "delete" { verb = "deletecollection" }
    self = .resource(
      AccessedResource(
        namespace: namespace, verb: verb, group: String(group), version: String(version), resource: resource,
        subresource: subresource, name: name))
  }

  /// The parts between slashes; those at both ends do not count.
  private static func split(_ path: Substring) -> [Substring] {
    let isSlash = { (character: UInt8) in character == UInt8(ascii: "/") }
    var bytes = path.utf8.drop(while: isSlash)
    while let last = bytes.last, isSlash(last) { bytes = bytes.dropLast() }
    guard !bytes.isEmpty else { return [] }
    return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
  }

  private static func verb(of method: HTTPMethod) -> String {
    switch method {
    case .get, .head: "get"
    case .post: "create"
    case .put: "update"
    case .patch: "patch"
    case .delete: "delete"
    case .options, .other: ""
    }
  }

  private static func isWatch(_ request: HTTPRequest) -> Bool {
    guard let value = request.queryValue("watch")?.lowercased() else { return false }
    return value != "false" && value != "0"
  }
}
