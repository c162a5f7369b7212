internal import KubernetesAPI

extension APIHandler {
  func delete(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, _ user: TestUser
  ) async throws -> APIResponse {
    let context = try WriteContext(request, place, type, user)
    let options = request.body.isEmpty ? [:] : try request.object()
    let id = ObjectID(place.namespace, place.name ?? "")
    let propagation = options["propagationPolicy"]?.text ?? request.parameter("propagationPolicy")
    if let propagation, !["Foreground", "Background", "Orphan"].contains(propagation) {
      throw APIError(
        422, "Invalid",
        "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"\(propagation)\"")
    }
    let isDryRun = context.isDryRun || options["dryRun"]?.items?.contains("All") == true
    return try await delete(
      id, context, uid: options["preconditions", "uid"]?.text,
      version: options["preconditions", "resourceVersion"]?.text, isOrphaning: propagation == "Orphan",
      isDryRun: isDryRun)
  }

  private func delete(
    _ id: ObjectID, _ context: WriteContext, uid: String?, version: String?, isOrphaning: Bool, isDryRun: Bool
  ) async throws -> APIResponse {
    let type = context.type
    for _ in 0..<5 {
      guard let stored = store.get(type.storageKey, id) else { throw APIError.notFound(type, id.name) }
      if let uid, uid != stored.value.uid {
        throw APIError.conflict(
          type, id.name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(stored.value.uid)")
      }
      if let version, version != String(stored.revision) {
        throw APIError.conflict(
          type, id.name,
          "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: "
            + "\(stored.revision)")
      }
      _ = try await admit(.null, old: stored.value, operation: "DELETE", context)
      if isDryRun { return deleted(stored.value, type) }
      if isOrphaning { store.orphan(dependentsOf: stored.value.uid) }
      guard let left = try? store.startDeletion(type, stored) else { continue }
      if type.resource == "customresourcedefinitions" { removeResources(of: stored.value) }
      return left.isGone ? deleted(left.object.value, type) : APIResponse(bytes: bytes(left.object, type))
    }
    throw APIError.conflict(type, id.name)
  }

  private func deleted(_ object: JSONValue, _ type: ResourceDefinition) -> APIResponse {
    var details: JSONValue = [
      "name": .string(object.name), "kind": .string(type.resource), "uid": .string(object.uid),
    ]
    if !type.group.isEmpty { details["group"] = .string(type.group) }
    return APIResponse(
      ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details])
  }

  func deleteCollection(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, _ user: TestUser
  ) async throws -> APIResponse {
    let context = try WriteContext(request, place, type, user)
    let selection = try ObjectSelection(request, place, type)
    let objects = store.list(type.storageKey, namespace: selection.namespace).objects.filter { selection.matches($0) }
    for object in objects {
      do {
        _ = try await delete(
          ObjectID(of: object.value), context, uid: object.value.uid, version: nil, isOrphaning: false,
          isDryRun: context.isDryRun)
      } catch let error as APIError {
        guard error.code == 404 else { throw error }
      }
    }
    return APIResponse([
      "kind": .string(type.listKind), "apiVersion": .string(type.apiVersion),
      "metadata": ["resourceVersion": .string(String(store.revision))],
      "items": .array(objects.map { type.shown($0.value) }),
    ])
  }

  /// The objects of a CRD go with it, and so do its paths.
  private func removeResources(of definition: JSONValue) {
    let group = definition["spec", "group"]?.text ?? ""
    let resource = definition["spec", "names", "plural"]?.text ?? ""
    for stored in store.list("\(resource).\(group)", namespace: nil).objects {
      _ = try? store.remove("\(resource).\(group)", ObjectID(of: stored.value), base: stored.revision)
    }
    registry.replaceCustom(group: group, resource: resource, with: [])
  }
}
