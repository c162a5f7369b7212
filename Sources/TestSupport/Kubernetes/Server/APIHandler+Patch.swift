internal import KubernetesAPI

extension APIHandler {
  func patch(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, _ user: TestUser
  ) async throws -> APIResponse {
    let context = try WriteContext(request, place, type, user)
    let id = ObjectID(place.namespace, place.name ?? "")
    let kind = request.contentType
    if kind == "application/apply-patch+yaml" { return try await apply(request, id, context) }
    let supported = [
      "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
    ]
    guard supported.contains(kind), !(type.isCustom && kind == supported[2]) else {
      throw APIError(
        415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
          + "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml")
    }
    let body = try request.object()
    return try await change(id, context) { stored, context in
      let isScale = context.subresource == "scale"
      let present = isScale ? ScaleView.scale(of: stored.value, type) : stored.value
      let patched: JSONValue
      switch kind {
      case supported[0]: patched = try JSONPatch.apply(body, to: present)
      case supported[1]: patched = MergePatch.apply(body, to: present)
      default: patched = StrategicMerge.apply(body, to: present)
      }
      if let version = patched.resourceVersion, !version.isEmpty, version != String(stored.revision) {
        throw APIError.conflict(type, id.name)
      }
      if patched.name != id.name {
        throw APIError.badRequest(
          "the name of the object (\(patched.name)) does not match the name on the URL (\(id.name))")
      }
      return isScale ? try ScaleView.applying(patched, to: stored.value, type) : try self.decoded(patched, &context)
    }
  }

  // MARK: server-side apply

  private func apply(_ request: APIRequest, _ id: ObjectID, _ context: WriteContext) async throws -> APIResponse {
    var context = context
    guard let name = request.parameter("fieldManager"), !name.isEmpty else {
      throw APIError.invalidOptions("fieldManager: Required value: is required for apply patch")
    }
    context.manager = FieldOwners.Manager(name: name, isApply: true, subresource: context.subresource)
    var body: JSONValue
    do {
      body = try YAMLText.documents(String(decoding: request.body, as: UTF8.self)).first ?? .null
    } catch {
      throw APIError.badRequest("error decoding YAML: \(error)")
    }
    if body["metadata", "managedFields"]?.items?.isEmpty == false {
      throw APIError.badRequest("metadata.managedFields must be nil")
    }
    guard let given = body["metadata", "name"]?.text, given == id.name else {
      throw APIError.badRequest(
        "the name of the object (\(body.name)) does not match the name on the URL (\(id.name))")
    }
    guard body["apiVersion"]?.text != nil, body["kind"]?.text != nil else {
      throw APIError.badRequest("Object 'Kind' is missing")
    }
    if context.subresource != "scale" { body = try decoded(body, &context) }
    return try await apply(body, id, context, isForced: request.isOn("force"))
  }

  private func apply(
    _ body: JSONValue, _ id: ObjectID, _ context: WriteContext, isForced: Bool
  ) async throws -> APIResponse {
    let type = context.type
    for _ in 0..<5 {
      guard let stored = store.get(type.storageKey, id) else {
        guard context.subresource == nil else { throw APIError.notFound(type, id.name) }
        if let created = try await applyNew(body, id, context) { return created }
        continue
      }
      var context = context
      if let version = body.resourceVersion, version != String(stored.revision) {
        throw APIError.conflict(type, id.name)
      }
      // Whoever names a uid means that object, and no later one of its name.
      if let uid = body["metadata", "uid"]?.text, !uid.isEmpty, uid != stored.value.uid {
        throw APIError.invalid(type, id.name, [.invalid("metadata.uid", .string(uid), "field is immutable")])
      }
      let outcome = try ServerSideApply.apply(
        body, to: stored.value, owners: stored.owners, manager: context.manager, isForced: isForced, type)
      let object = try combined(outcome.object, stored, context)
      context.warnings += try await admit(object, old: stored.value, operation: "UPDATE", context)
      do {
        let result =
          context.isDryRun
          ? StoredObject(object, revision: stored.revision, owners: outcome.owners)
          : try store.update(type.storageKey, object, owners: outcome.owners, base: stored.revision)
        if !context.isDryRun { try didWrite(result.value, type) }
        return answer(result, context, status: 200)
      } catch is ObjectStore.Conflict {
        continue
      }
    }
    throw APIError.conflict(type, id.name)
  }

  /// Nil when somebody else made the object meanwhile.
  private func applyNew(_ body: JSONValue, _ id: ObjectID, _ context: WriteContext) async throws -> APIResponse? {
    var context = context
    if let uid = body["metadata", "uid"]?.text, !uid.isEmpty {
      throw APIError.conflict(
        context.type, id.name,
        "uid mismatch: the provided object specified uid \(uid), and no existing object was found")
    }
    let (object, _) = try newObject(body, namespace: id.namespace, &context)
    context.warnings += try await admit(object, old: nil, operation: "CREATE", context)
    var owners = FieldOwners()
    owners.noteApply(Set(FieldOwners.leaves(of: body).keys), by: context.manager, changed: [], gone: [])
    if context.isDryRun {
      return answer(StoredObject(object, revision: store.revision, owners: owners), context, status: 201)
    }
    guard let stored = try? store.insert(context.type.storageKey, object, owners: owners) else { return nil }
    try didWrite(stored.value, context.type)
    return answer(stored, context, status: 201)
  }
}

extension APIError {
  static func invalidOptions(_ message: String) -> APIError {
    APIError(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: \(message)")
  }
}
