internal import Foundation
internal import KubernetesAPI
internal import NIOHTTP1

/// Reading and writing objects. Every call throws a `KubernetesError` that names the verb, the object and what the
/// server said. Requests have 10 s, each page of a list 30 s.
extension KubernetesClient {
  /// One object, or one of its subresources (`scale`, `status`).
  public func get<Object: Decodable & Sendable>(
    _ type: ResourceType, namespace: String?, name: String, subresource: String? = nil, as: Object.Type = Object.self,
    priority: RequestPriority = .reconciliation
  ) async throws(KubernetesError) -> Object {
    let request = try APIRequest(
      "get", .GET, type, namespace: namespace, name: name, subresource: subresource, priority: priority)
    return try await answer(to: request)
  }

  func get<Object: Decodable & Sendable>(
    _ type: ResourceType, namespace: String?, name: String, priority: RequestPriority, within limit: Duration
  ) async throws(KubernetesError) -> Object {
    var request = try APIRequest("get", .GET, type, namespace: namespace, name: name, priority: priority)
    request.timeLimit = limit
    return try await answer(to: request)
  }

  /// All objects that match, in pages of 500 that belong to the same moment.
  /// - Parameters:
  ///   - namespace: nil for all.
  ///   - labelSelector: `app=web,tier!=test`.
  ///   - fieldSelector: `metadata.name=web`.
  /// - Throws: also when one of the objects cannot be decoded, and names it.
  public func list<Object: Decodable & Sendable>(
    _ type: ResourceType, namespace: String?, labelSelector: String? = nil, fieldSelector: String? = nil,
    as: Object.Type = Object.self, priority: RequestPriority = .background
  ) async throws(KubernetesError) -> [Object] {
    let query = ListQuery(
      type: type, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
    let list = try await collection(query, of: Object.self, priority: priority)
    var objects: [Object] = []
    objects.reserveCapacity(list.items.count)
    for item in list.items {
      switch item {
      case .object(let object): objects.append(object)
      case .undecodable(let broken):
        throw KubernetesError(
          .badAnswer, message: "list \(type.groupResource): \(broken.place) cannot be read: \(broken.message)")
      }
    }
    return objects
  }

  /// Creates an object, or asks a review (TokenReview, SubjectAccessReview). Never repeated on its own.
  public func create<Object: Encodable & Sendable, Answer: Decodable & Sendable>(
    _ object: Object, _ type: ResourceType, namespace: String?, answer: Answer.Type = Answer.self,
    priority: RequestPriority = .reconciliation
  ) async throws(KubernetesError) -> Answer {
    try await create(object, type, namespace: namespace, answer: answer, priority: priority, within: .seconds(10))
  }

  func create<Object: Encodable & Sendable, Answer: Decodable & Sendable>(
    _ object: Object, _ type: ResourceType, namespace: String?, answer: Answer.Type, priority: RequestPriority,
    within limit: Duration
  ) async throws(KubernetesError) -> Answer {
    var request = try APIRequest("create", .POST, type, namespace: namespace, priority: priority)
    request.timeLimit = limit
    request.body = try body(object, request)
    return try await self.answer(to: request)
  }

  /// Puts an object in the place of the one that is there. With `metadata.resourceVersion` set, only if nobody has
  /// changed it since; otherwise `conflict` is thrown.
  public func replace<Object: Encodable & Sendable, Answer: Decodable & Sendable>(
    _ object: Object, _ type: ResourceType, namespace: String?, name: String, subresource: String? = nil,
    answer: Answer.Type = Answer.self, priority: RequestPriority = .reconciliation
  ) async throws(KubernetesError) -> Answer {
    try await replace(
      object, type, namespace: namespace, name: name, subresource: subresource, answer: answer, priority: priority,
      within: .seconds(10))
  }

  func replace<Object: Encodable & Sendable, Answer: Decodable & Sendable>(
    _ object: Object, _ type: ResourceType, namespace: String?, name: String, subresource: String? = nil,
    answer: Answer.Type = Answer.self, priority: RequestPriority, within limit: Duration
  ) async throws(KubernetesError) -> Answer {
    var request = try APIRequest(
      "update", .PUT, type, namespace: namespace, name: name, subresource: subresource, priority: priority)
    request.timeLimit = limit
    request.body = try body(object, request)
    return try await self.answer(to: request)
  }

  /// Changes some fields of an object or of its subresource. An applied object need not exist.
  public func patch<Answer: Decodable & Sendable>(
    _ patch: Patch, _ type: ResourceType, namespace: String?, name: String, subresource: String? = nil,
    answer: Answer.Type = Answer.self, priority: RequestPriority = .reconciliation
  ) async throws(KubernetesError) -> Answer {
    var request = try APIRequest(
      "patch", .PATCH, type, namespace: namespace, name: name, subresource: subresource, query: patch.query,
      priority: priority)
    request.body = try body(patch.body, request)
    request.contentType = patch.contentType
    return try await self.answer(to: request)
  }

  /// Deletes an object. An object that does not exist is `notFound`.
  /// - Parameters:
  ///   - uid: only if it still is this object, and not a later one of the same name; `conflict` is thrown otherwise.
  ///   - propagation: `Background`, `Foreground` or `Orphan`; the resource's default when nil.
  public func delete(
    _ type: ResourceType, namespace: String?, name: String, uid: String? = nil, propagation: String? = nil,
    priority: RequestPriority = .reconciliation
  ) async throws(KubernetesError) {
    var request = try APIRequest("delete", .DELETE, type, namespace: namespace, name: name, priority: priority)
    var options: [String: JSONValue] = ["apiVersion": "v1", "kind": "DeleteOptions"]
    if let uid { options["preconditions"] = ["uid": .string(uid)] }
    if let propagation { options["propagationPolicy"] = .string(propagation) }
    request.body = try body(JSONValue.object(options), request)
    _ = try await send(request)
  }

  func answer<Answer: Decodable & Sendable>(to request: APIRequest) async throws(KubernetesError) -> Answer {
    let data = try await send(request)
    if let ignored = IgnoredAnswer() as? Answer { return ignored }
    do {
      return try JSONDecoder().decode(Answer.self, from: data)
    } catch {
      throw KubernetesError(
        .badAnswer, message: "\(request.description): the answer cannot be read: \(DecodingFailure.text(error))")
    }
  }

  private func body(_ object: some Encodable, _ request: APIRequest) throws(KubernetesError) -> Data {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .withoutEscapingSlashes
      return try encoder.encode(object)
    } catch {
      // The error would print the value, which may be a secret.
      throw KubernetesError(.invalid, message: "\(request.description): the object cannot be written as JSON")
    }
  }
}
