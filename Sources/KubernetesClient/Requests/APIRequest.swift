internal import Foundation
internal import NIOHTTP1

/// One request to the API server, before it is addressed and signed.
struct APIRequest: Sendable {
  /// As RBAC has it: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
  var verb: String
  var method: HTTPMethod
  /// Path and query.
  var target: String
  /// `deployments.apps/scale default/web`, for messages.
  var subject: String
  var priority: RequestPriority
  var body: Data?
  var contentType: String?
  /// From when it goes out until the answer is complete, repetitions included.
  var timeLimit: Duration = .seconds(10)

  /// Renewing the Lease: waits for nobody, and uses connections of its own.
  var isElection = false

  /// Doing it twice is doing it once.
  var isIdempotent: Bool { method != .POST }

  /// Only for the replica that leads: changes what replicas have in common. Everybody may ask for reviews and make
  /// Secrets (of which one replica gets its own through), and takes part in the election.
  let isLeadersOnly: Bool

  /// `patch deployments.apps/scale default/web`.
  var description: String { "\(verb) \(subject)" }

  init(
    _ verb: String, _ method: HTTPMethod, _ type: ResourceType, namespace: String?, name: String? = nil,
    subresource: String? = nil, query: [(name: String, value: String)] = [], priority: RequestPriority
  ) throws(KubernetesError) {
    self.verb = verb
    self.method = method
    self.priority = priority
    isElection = type == .leases
    isLeadersOnly = method != .GET && !Self.everybodys.contains(type)
    subject = Self.subject(type, namespace: namespace, name: name, subresource: subresource)
    for (what, segment) in [("name", name), ("namespace", namespace), ("subresource", subresource)] {
      try Self.check(segment, is: what, of: "\(verb) \(subject)")
    }
    if type.isNamespaced, namespace == nil, name != nil || method == .POST {
      throw KubernetesError(.invalid, message: "\(verb) \(subject): \(type.kind) objects need a namespace")
    }
    target = type.path(namespace: namespace, name: name, subresource: subresource)
    if !query.isEmpty { target += "?" + PercentEncoding.query(query) }
  }

  /// A path that is no resource: discovery.
  init(getting path: String, priority: RequestPriority) {
    verb = "get"
    method = .GET
    target = path
    subject = path
    isLeadersOnly = false
    self.priority = priority
  }

  private static let everybodys: Set<ResourceType> = [.leases, .tokenReviews, .subjectAccessReviews, .secrets]

  /// Names that would change the path are refused, as the API server does.
  private static func check(_ segment: String?, is what: String, of request: String) throws(KubernetesError) {
    guard let segment else { return }
    if segment.isEmpty || segment == "." || segment == ".." || segment.contains("/") || segment.contains("%") {
      throw KubernetesError(.invalid, message: "\(request): \"\(segment)\" cannot be a \(what)")
    }
  }

  private static func subject(_ type: ResourceType, namespace: String?, name: String?, subresource: String?) -> String {
    var text = type.groupResource
    if let subresource { text += "/" + subresource }
    let place = type.isNamespaced ? namespace : nil
    switch (place, name) {
    case (let place?, let name?): return "\(text) \(place)/\(name)"
    case (let place?, nil): return "\(text) in \(place)"
    case (nil, let name?): return "\(text) \(name)"
    case (nil, nil): return type.isNamespaced ? "\(text) in all namespaces" : text
    }
  }
}
