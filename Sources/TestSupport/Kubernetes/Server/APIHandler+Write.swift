internal import KubernetesAPI

/// What one write is about, on its way through the checks.
struct WriteContext: Sendable {
  var type: ResourceDefinition
  var subresource: String?
  var isDryRun: Bool
  /// `Strict`, `Warn` or `Ignore`.
  var fieldValidation: String
  var manager: FieldOwners.Manager
  var user: TestUser
  var warnings: [String] = []

  init(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, _ user: TestUser
  ) throws(APIError) {
    self.type = type
    subresource = place.subresource
    isDryRun = request.isDryRun
    if let given = request.parameter("dryRun"), given != "All" {
      throw .badRequest("dryRun: Unsupported value: \"\(given)\": supported values: \"All\"")
    }
    fieldValidation = request.parameter("fieldValidation") ?? "Warn"
    let agent = (request.headers["user-agent"] ?? "unknown").prefix { $0 != "/" }
    manager = FieldOwners.Manager(
      name: request.parameter("fieldManager") ?? String(agent), isApply: false, subresource: place.subresource)
    self.user = user
  }
}

extension APIHandler {
  // MARK: create

  func create(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, _ user: TestUser
  ) async throws -> APIResponse {
    guard place.name == nil else { throw APIError.methodNotAllowed() }
    var context = try WriteContext(request, place, type, user)
    let body = try request.object()
    let (object, owners) = try newObject(body, namespace: place.namespace, &context)
    return try await insert(object, owners, context)
  }

  /// The object as it will be stored, checked.
  func newObject(
    _ body: JSONValue, namespace: String?, _ context: inout WriteContext
  ) throws -> (JSONValue, FieldOwners) {
    let type = context.type
    var object = try decoded(body, &context)
    try Metadata.checkNew(&object, namespace: namespace, type)
    try checkNamespace(namespace, type, object.name)
    if type.hasStatus, type.resource != "namespaces" { object["status"] = nil }
    object = type.conversion?.toStorage(object) ?? object
    Metadata.stampNew(&object, type, at: store.now())
    object = type.prepare(object, nil)
    object = type.schema?.defaulted(object) ?? object
    try check(object, old: nil, type)
    var owners = FieldOwners()
    owners.note(from: nil, to: object, by: context.manager)
    return (object, owners)
  }

  private func insert(
    _ object: JSONValue, _ owners: FieldOwners, _ context: WriteContext
  ) async throws -> APIResponse {
    let type = context.type
    var context = context
    context.warnings += try await admit(object, old: nil, operation: "CREATE", context)
    let id = ObjectID(of: object)
    if context.isDryRun {
      guard store.get(type.storageKey, id) == nil else { throw APIError.alreadyExists(type, id.name) }
      return answer(StoredObject(object, revision: store.revision, owners: owners), context, status: 201)
    }
    do {
      let stored = try store.insert(type.storageKey, object, owners: owners)
      try didWrite(stored.value, type)
      return answer(stored, context, status: 201)
    } catch is ObjectStore.Conflict {
      throw APIError.alreadyExists(type, id.name)
    }
  }

  /// Nothing can be made in a namespace that is missing or going.
  private func checkNamespace(_ namespace: String?, _ type: ResourceDefinition, _ name: String) throws(APIError) {
    guard type.isNamespaced, let namespace else { return }
    guard let found = store.get("namespaces", ObjectID(nil, namespace)) else {
      var error = APIError(404, "NotFound", "namespaces \"\(namespace)\" not found")
      error.name = namespace
      error.kind = "namespaces"
      throw error
    }
    guard found.value.isTerminating else { return }
    let why = "unable to create new content in namespace \(namespace) because it is being terminated"
    var error = APIError(403, "Forbidden", "\(type.qualifiedResource) \"\(name)\" is forbidden: \(why)")
    error.name = name
    error.group = type.group
    error.kind = type.resource
    error.causes = [
      .init(
        reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated",
        field: "metadata.namespace")
    ]
    throw error
  }

  // MARK: update

  func update(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, _ user: TestUser
  ) async throws -> APIResponse {
    let context = try WriteContext(request, place, type, user)
    let body = try request.object()
    let name = place.name ?? ""
    if let given = body["metadata", "name"]?.text, given != name {
      throw APIError.badRequest(
        "the name of the object (\(given)) does not match the name on the URL (\(name))")
    }
    if place.subresource == "finalize" { return try finalize(body, name, context) }
    let version = body.resourceVersion.flatMap { $0.isEmpty ? nil : $0 }
    if version == nil, !Metadata.allowsUnconditionalUpdate(type), place.subresource != "scale" {
      throw APIError.invalid(
        type, name, [.invalid("metadata.resourceVersion", 0, "must be specified for an update")])
    }
    return try await change(ObjectID(place.namespace, name), context) { stored, context in
      if let version, version != String(stored.revision) { throw APIError.conflict(type, name) }
      if context.subresource == "scale" { return try ScaleView.applying(body, to: stored.value, type) }
      return try self.decoded(body, &context)
    }
  }

  /// Reads, changes and writes an object; again when somebody else was quicker, as often as the real server does.
  func change(
    _ id: ObjectID, _ context: WriteContext, isApply: Bool = false,
    _ make: (StoredObject, inout WriteContext) throws -> JSONValue
  ) async throws -> APIResponse {
    let type = context.type
    for _ in 0..<5 {
      guard let stored = store.get(type.storageKey, id) else { throw APIError.notFound(type, id.name) }
      var context = context
      var current = stored
      current.value = type.shown(stored.value)
      let wanted = try make(current, &context)
      if let uid = wanted["metadata", "uid"]?.text, uid != stored.value.uid, context.subresource != "scale" {
        throw APIError.conflict(
          type, id.name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(stored.value.uid)")
      }
      let object = try combined(wanted, stored, context)
      context.warnings += try await admit(object, old: stored.value, operation: "UPDATE", context)
      var owners = stored.owners
      owners.note(from: stored.value, to: object, by: context.manager)
      do {
        let result =
          context.isDryRun
          ? StoredObject(object, revision: stored.revision, owners: owners)
          : try store.update(type.storageKey, object, owners: owners, base: stored.revision)
        if !context.isDryRun { try didWrite(result.value, type) }
        return answer(result, context, status: 200)
      } catch let conflict as ObjectStore.Conflict {
        if conflict.kind == .missing { throw APIError.notFound(type, id.name) }
      }
    }
    throw APIError.conflict(type, id.name)
  }

  /// What an update makes of the stored object: only the part that the subresource is about, with the metadata that
  /// only the server may change.
  func combined(_ wanted: JSONValue, _ stored: StoredObject, _ context: WriteContext) throws -> JSONValue {
    let type = context.type
    let old = stored.value
    var object = type.conversion?.toStorage(wanted) ?? wanted
    if context.subresource == "status" {
      let status = object["status"]
      object = old
      object["status"] = status
      object = type.prepare(object, old)
    } else {
      if type.hasStatus { object["status"] = old["status"] }
      try Metadata.carryOver(from: old, to: &object, type)
      object = type.prepare(object, old)
    }
    object = type.schema?.defaulted(object) ?? object
    if type.tracksGeneration, context.subresource != "status",
      Metadata.content(of: object, type) != Metadata.content(of: old, type)
    {
      object["metadata", "generation"] = .integer((old["metadata", "generation"]?.int ?? 0).addingSaturating(1))
    }
    try check(object, old: old, type)
    return object
  }

  // MARK: shared

  /// The body as an object of the type: unknown fields dealt with, types of built-in fields checked.
  func decoded(_ body: JSONValue, _ context: inout WriteContext) throws(APIError) -> JSONValue {
    let type = context.type
    guard body.fields != nil else { throw .badRequest("the object provided is unrecognized") }
    var body = body
    let given = (body["apiVersion"]?.text ?? "", body["kind"]?.text ?? "")
    if type.isCustom, given.1.isEmpty {
      throw .badRequest("Object 'Kind' is missing in '\(JSONText.text(body).prefix(80))'")
    }
    if !given.1.isEmpty, given.1 != type.kind {
      throw .badRequest(
        "\(given.1) in version \"\(type.version)\" cannot be handled as a \(type.kind): converting (\(given.1)) to "
          + "(\(type.kind)): unknown conversion")
    }
    if !given.0.isEmpty, given.0 != type.apiVersion {
      throw .badRequest(
        "the API version in the data (\(given.0)) does not match the expected API version (\(type.apiVersion))")
    }
    body["apiVersion"] = .string(type.apiVersion)
    body["kind"] = .string(type.kind)
    guard let schema = type.schema else { return body }
    var unknown: [String] = []
    let pruned = schema.pruned(body, isRoot: true, unknown: &unknown)
    unknown += Metadata.unknownFields(of: body)
    if !unknown.isEmpty, context.fieldValidation == "Strict" {
      let list = unknown.map { "unknown field \"\($0)\"" }.joined(separator: ", ")
      throw .badRequest(
        "\(type.kind) in version \"\(type.version)\" cannot be handled as a \(type.kind): "
          + "strict decoding error: \(list)"
      )
    }
    if context.fieldValidation != "Ignore" { context.warnings += unknown.map { "unknown field \"\($0)\"" } }
    if !type.isCustom { try checkTypes(pruned, schema, type) }
    return pruned
  }

  /// A built-in type does not even decode with a value of the wrong type.
  private func checkTypes(
    _ object: JSONValue, _ schema: StructuralSchema, _ type: ResourceDefinition
  ) throws(APIError) {
    var findings: [Finding] = []
    schema.validate(object, at: "", &findings)
    guard let first = findings.first else { return }
    throw .badRequest(
      "\(type.kind) in version \"\(type.version)\" cannot be handled as a \(type.kind): json: cannot unmarshal into Go "
        + "struct field \(type.kind).\(first.field): \(first.message)")
  }

  func check(_ object: JSONValue, old: JSONValue?, _ type: ResourceDefinition) throws(APIError) {
    var findings = Metadata.findings(in: object, old: old, type)
    if type.isCustom, let schema = type.schema {
      findings += Ratcheting.findings(schema.findings(in: object, old: old), old: old, new: object)
    }
    findings += type.validate(object, old)
    if !findings.isEmpty { throw .invalid(type, object.name, findings) }
  }

  func answer(_ stored: StoredObject, _ context: WriteContext, status: Int) -> APIResponse {
    var response: APIResponse
    if context.subresource == "scale" {
      response = APIResponse(status: status, ScaleView.scale(of: stored.value, context.type))
    } else {
      response = APIResponse(status: status, bytes: bytes(stored, context.type))
    }
    response.headers += context.warnings.map { warning in
      let quoted = warning.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ")
      return ("Warning", "299 - \"\(quoted)\"")
    }
    return response
  }

  /// What a write of some types sets in motion.
  func didWrite(_ object: JSONValue, _ type: ResourceDefinition) throws(APIError) {
    if type.resource == "customresourcedefinitions" {
      try CustomResources.register(object, in: registry)
    }
  }

  /// The body of namespaces/finalize.
  private func finalize(_ body: JSONValue, _ name: String, _ context: WriteContext) throws -> APIResponse {
    guard let stored = store.get("namespaces", ObjectID(nil, name)) else { throw APIError.notFound(context.type, name) }
    var object = stored.value
    object["spec", "finalizers"] = body["spec", "finalizers"]
    do {
      let result = try store.update("namespaces", object, owners: stored.owners, base: stored.revision)
      return answer(result, context, status: 200)
    } catch {
      throw APIError.conflict(context.type, name)
    }
  }
}
