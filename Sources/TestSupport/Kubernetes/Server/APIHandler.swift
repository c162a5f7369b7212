internal import KubernetesAPI
internal import Synchronization

/// Answers requests: authentication, authorization, faults, then the verb.
final class APIHandler: Sendable {
  let store: ObjectStore
  let registry: ResourceRegistry
  let access: AccessControl
  let faults: Faults
  let log: RequestLog
  let outgoing: OutgoingCalls
  let bookmarkInterval: Duration
  let allowsAnonymous: Bool

  init(
    store: ObjectStore, registry: ResourceRegistry, access: AccessControl, faults: Faults, log: RequestLog,
    outgoing: OutgoingCalls, bookmarkInterval: Duration, allowsAnonymous: Bool
  ) {
    self.store = store
    self.registry = registry
    self.access = access
    self.faults = faults
    self.log = log
    self.outgoing = outgoing
    self.bookmarkInterval = bookmarkInterval
    self.allowsAnonymous = allowsAnonymous
  }

  /// Answers a request from the network, with its log entry.
  func handle(_ request: APIRequest) async -> APIResponse {
    let (number, start) = (log.begin(), ContinuousClock.now)
    var user: TestUser?
    var response: APIResponse
    let target = RequestTarget(request)
    do {
      let caller = try authenticate(request)
      user = caller
      response = try await handle(request, target, caller)
    } catch let error as APIError {
      response = APIResponse(error)
    } catch {
      response = APIResponse(APIError(500, "InternalError", "\(error)"))
    }
    note(request, number, target, user, response, start)
    return response
  }

  private func handle(
    _ request: APIRequest, _ target: RequestTarget, _ user: TestUser
  ) async throws -> APIResponse {
    try authorize(request, target, user)
    let effects = faults.draw(faultTarget(request, target, user))
    if let early = try await refused(by: effects, request, target) { return early }
    var response: APIResponse
    do {
      response = try await answer(request, target, user, stale: effects.staleness)
    } catch let error as APIError {
      response = APIResponse(error)
    }
    for effect in effects {
      switch effect {
      case .cutAfter: response.cut = .before
      case .cutMiddle: response.cut = .middle
      case .cutWatch(let event, let bytes): response.watch?.cut(atEvent: event, bytes: bytes)
      case .loseWatchEvents(let count): response.watch?.lose(count)
      default: break
      }
    }
    return response
  }

  /// What a request comes to that faults keep from being carried out.
  private func refused(
    by effects: [Fault.Effect], _ request: APIRequest, _ target: RequestTarget
  ) async throws -> APIResponse? {
    for effect in effects {
      switch effect {
      case .delay(let duration): try await ContinuousClock().sleep(for: duration)
      case .tooManyRequests(let seconds):
        var error = APIError(429, "TooManyRequests", "Too many requests, please try again later.")
        error.retryAfter = seconds
        return APIResponse(error)
      case .status(let code):
        let reason = code == 503 ? "ServiceUnavailable" : code == 504 ? "Timeout" : "InternalError"
        return APIResponse(APIError(code, reason, "Internal error occurred: injected by the test"))
      case .cutBefore:
        var response = APIResponse(bytes: [])
        response.cut = .before
        return response
      case .conflict:
        guard case .resource(let place) = target, ["update", "patch", "delete"].contains(place.verb),
          let type = registry.find(group: place.group, version: place.version, resource: place.resource)
        else { continue }
        return APIResponse(.conflict(type, place.name ?? ""))
      default: break
      }
    }
    return nil
  }

  /// Carries out an authorized request. Also for requests of the server's own parts.
  func answer(
    _ request: APIRequest, _ target: RequestTarget, _ user: TestUser, stale: Int? = nil
  ) async throws -> APIResponse {
    switch target {
    case .other(let path): return try other(path, request)
    case .versionDiscovery(let group, let version):
      if let resources = Discovery(registry).resources(group: group, version: version) {
        return APIResponse(resources)
      }
      return try await handOn(request, group: group, version: version, user)
    case .resource(let place):
      guard let type = registry.find(group: place.group, version: place.version, resource: place.resource) else {
        return try await handOn(request, group: place.group, version: place.version, user)
      }
      guard type.isNamespaced || place.namespace == nil else { throw APIError.noSuchPath() }
      return try await perform(request, place, type, user, stale: stale)
    }
  }

  private func perform(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, _ user: TestUser,
    stale: Int?
  ) async throws -> APIResponse {
    if let review = try review(request, place, type, user) { return review }
    try checkSubresource(place, type)
    switch place.verb {
    case "get": return try get(request, place, type, stale: stale)
    case "list": return try list(request, place, type, stale: stale)
    case "watch": return try watch(request, place, type)
    case "create": return try await create(request, place, type, user)
    case "update": return try await update(request, place, type, user)
    case "patch": return try await patch(request, place, type, user)
    case "delete": return try await delete(request, place, type, user)
    case "deletecollection": return try await deleteCollection(request, place, type, user)
    default: throw APIError.methodNotAllowed()
    }
  }

  private func checkSubresource(_ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition) throws {
    guard type.verbs.contains(place.verb) || place.subresource != nil else { throw APIError.methodNotAllowed() }
    if type.isNamespaced, place.namespace == nil, !["list", "watch", "deletecollection"].contains(place.verb) {
      throw place.name == nil ? APIError.methodNotAllowed() : APIError.noSuchPath()
    }
    switch place.subresource {
    case nil: return
    case "status" where type.hasStatus, "scale" where type.scale != nil, "finalize" where type.resource == "namespaces":
      guard ["get", "update", "patch"].contains(place.verb) else { throw APIError.methodNotAllowed() }
    default: throw APIError.noSuchPath()
    }
  }

  // MARK: who and whether

  private func authenticate(_ request: APIRequest) throws(APIError) -> TestUser {
    if let header = request.headers["authorization"] {
      let parts = header.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "bearer", let user = access.user(ofToken: String(parts[1]))
      else { throw .unauthorized() }
      return user
    }
    switch request.certificate {
    case .of(let name, let groups): return access.user(commonName: name, organizations: groups)
    case .worthless: throw .unauthorized()
    case nil: break
    }
    guard allowsAnonymous || access.allows(.anonymous, AccessRequest(verb: "get", path: request.path)) else {
      throw .unauthorized()
    }
    return .anonymous
  }

  private func authorize(_ request: APIRequest, _ target: RequestTarget, _ user: TestUser) throws(APIError) {
    guard case .resource(let place) = target else {
      let wanted = AccessRequest(verb: request.method.lowercased(), path: request.path)
      if access.allows(user, wanted) { return }
      throw APIError(
        403, "Forbidden",
        "forbidden: User \"\(user.name)\" cannot \(wanted.verb) path \"\(request.path)\"")
    }
    let wanted = AccessRequest(
      verb: place.verb, group: place.group, resource: place.resource, subresource: place.subresource ?? "",
      namespace: place.namespace ?? "", name: place.name ?? Self.selectedName(request) ?? "")
    if access.allows(user, wanted) { return }
    let group = place.group
    let qualified = group.isEmpty ? place.resource : "\(place.resource).\(group)"
    let about = place.name.map { "\(qualified) \"\($0)\"" } ?? qualified
    let scope = place.namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
    var error = APIError(
      403, "Forbidden",
      "\(about) is forbidden: User \"\(user.name)\" cannot \(place.verb) resource \"\(wanted.qualified)\" in API group "
        + "\"\(group)\" \(scope)")
    error.name = place.name
    error.group = group
    error.kind = place.resource
    throw error
  }

  /// A list or watch of one object by field selector is a question about that object.
  private static func selectedName(_ request: APIRequest) -> String? {
    for part in (request.parameter("fieldSelector") ?? "").split(separator: ",") where part.hasPrefix("metadata.name=")
    {
      return String(part.dropFirst("metadata.name=".count).drop { $0 == "=" })
    }
    return nil
  }

  // MARK: the log

  private func faultTarget(_ request: APIRequest, _ target: RequestTarget, _ user: TestUser) -> Fault.Target {
    let (verb, resource, namespace, name) = described(request, target)
    return Fault.Target(
      verb: verb, path: request.path, resource: resource, namespace: namespace, name: name, user: user.name,
      query: request.rawQuery)
  }

  private func described(_ request: APIRequest, _ target: RequestTarget) -> (String, String, String, String) {
    guard case .resource(let place) = target else { return (request.method.lowercased(), "", "", "") }
    let qualified = place.group.isEmpty ? place.resource : "\(place.resource).\(place.group)"
    let resource = place.subresource.map { "\(qualified)/\($0)" } ?? qualified
    return (place.verb, resource, place.namespace ?? "", place.name ?? "")
  }

  private func note(
    _ request: APIRequest, _ number: Int, _ target: RequestTarget, _ user: TestUser?, _ response: APIResponse,
    _ start: ContinuousClock.Instant
  ) {
    let (verb, resource, namespace, name) = described(request, target)
    let now = ContinuousClock.now
    log.add(
      RequestLog.Entry(
        method: request.method, number: number, verb: verb, path: request.path, query: request.rawQuery,
        user: user?.name ?? "", userAgent: request.headers["user-agent"] ?? "", resource: resource,
        namespace: namespace, name: name, status: response.cut == .before ? 0 : response.status, at: now,
        took: start.duration(to: now),
        body: String(decoding: request.body.prefix(65_536), as: UTF8.self)))
  }
}

extension [Fault.Effect] {
  fileprivate var staleness: Int? {
    for case .stale(let changes) in self { return changes }
    return nil
  }
}
