internal import Foundation
internal import KubernetesAPI

extension APIHandler {
  func get(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, stale: Int?
  ) throws(APIError) -> APIResponse {
    let id = ObjectID(place.namespace, place.name ?? "")
    var stored = store.get(type.storageKey, id)
    if let stale {
      let revision = max(store.oldestRevision, store.revision - Int64(stale))
      stored = try? store.list(type.storageKey, namespace: id.namespace, at: revision).first {
        ObjectID(of: $0.value) == id
      }
    }
    guard let stored else { throw .notFound(type, id.name) }
    if place.subresource == "scale" {
      try ScaleView.checkReplicas(of: stored.value, type)
      return APIResponse(ScaleView.scale(of: stored.value, type))
    }
    if request.wantsTable { return APIResponse(TableText.table([type.shown(stored.value)], type, at: store.now())) }
    return APIResponse(bytes: bytes(stored, type))
  }

  func bytes(_ stored: StoredObject, _ type: ResourceDefinition) -> [UInt8] {
    type.conversion.map { JSONText.bytes($0.fromStorage(stored.value)) } ?? stored.bytes
  }

  private struct Page: Codable {
    var revision: Int64
    var namespace: String?
    var name: String
  }

  func list(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, stale: Int?
  ) throws(APIError) -> APIResponse {
    let selection = try ObjectSelection(request, place, type)
    let limit = request.parameter("limit").flatMap { Int($0) } ?? 0
    if request.isOn("sendInitialEvents") || request.parameter("sendInitialEvents") != nil {
      throw forbiddenInitialEvents("sendInitialEvents is forbidden for list")
    }
    let page = try page(request)
    var revision = page?.revision
    if revision == nil { revision = try exactRevision(request) ?? stale.map { staleRevision($0) } }
    var objects: [StoredObject]
    var at: Int64
    if let revision {
      do {
        objects = try store.list(type.storageKey, namespace: selection.namespace, at: revision)
      } catch {
        throw tooOld(page, error)
      }
      at = revision
    } else {
      (objects, at) = store.list(type.storageKey, namespace: selection.namespace)
    }
    objects = objects.filter { selection.matches($0) }
    if let page {
      let last = ObjectID(page.namespace, page.name)
      objects = objects.filter { last < ObjectID(of: $0.value) }
    }
    var metadata: JSONValue = ["resourceVersion": .string(String(at))]
    if limit > 0, objects.count > limit {
      let rest = objects.count - limit
      objects = Array(objects.prefix(limit))
      let last = ObjectID(of: objects.last?.value ?? .null)
      metadata["continue"] = .string(token(Page(revision: at, namespace: last.namespace, name: last.name)))
      // Not known for lists with selectors, as on the real server.
      if selection.labels.isEmpty, selection.fields.isEmpty {
        metadata["remainingItemCount"] = .integer(Int64(rest))
      }
    }
    if request.wantsTable {
      var table = TableText.table(objects.map { type.shown($0.value) }, type, at: store.now())
      table["metadata"] = metadata
      return APIResponse(table)
    }
    return APIResponse(bytes: listBytes(objects, metadata, type))
  }

  /// Items of built-in types carry no apiVersion and kind, as on the real server; custom ones do.
  private func listBytes(_ objects: [StoredObject], _ metadata: JSONValue, _ type: ResourceDefinition) -> [UInt8] {
    var out = Array(
      "{\"kind\":\"\(type.listKind)\",\"apiVersion\":\"\(type.apiVersion)\",\"metadata\":".utf8)
    out += JSONText.bytes(metadata)
    out += Array(",\"items\":[".utf8)
    for (index, object) in objects.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      if type.isCustom {
        out += bytes(object, type)
      } else {
        var bare = type.shown(object.value)
        bare["apiVersion"] = nil
        bare["kind"] = nil
        out += JSONText.bytes(bare)
      }
    }
    return out + Array("]}".utf8)
  }

  private func staleRevision(_ changes: Int) -> Int64 { max(store.oldestRevision, store.revision - Int64(changes)) }

  private func exactRevision(_ request: APIRequest) throws(APIError) -> Int64? {
    guard let text = request.parameter("resourceVersion"), !text.isEmpty, text != "0" else { return nil }
    guard let revision = Int64(text) else {
      throw .badRequest(
        "resourceVersion: Invalid value: \"\(text)\": strconv.ParseUint: parsing \"\(text)\": invalid syntax")
    }
    if revision > store.revision {
      var error = APIError(504, "Timeout", "Too large resource version: \(revision), current: \(store.revision)")
      error.retryAfter = 1
      error.causes = [.init(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")]
      throw error
    }
    return request.parameter("resourceVersionMatch") == "Exact" ? revision : nil
  }

  private func tooOld(_ page: Page?, _ error: ObjectStore.TooOld) -> APIError {
    guard var page else {
      return .expired("The resourceVersion for the provided list is too old.")
    }
    var result = APIError.expired(
      "The provided continue parameter is too old to display a consistent list result. You can start a new list "
        + "without the continue parameter, or use the continue token in this response to retrieve the remainder of "
        + "the results. Continuing with the provided token results in an inconsistent list - objects that were "
        + "created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
    )
    page.revision = error.current
    result.continueToken = token(page)
    return result
  }

  private func token(_ page: Page) -> String {
    Base64Text.text((try? JSONEncoder().encode(page)).map { Array($0) } ?? [])
  }

  private func page(_ request: APIRequest) throws(APIError) -> Page? {
    guard let text = request.parameter("continue"), !text.isEmpty else { return nil }
    guard let bytes = Base64Text.bytes(text), let page = try? JSONDecoder().decode(Page.self, from: Data(bytes)) else {
      throw .badRequest("continue key is not valid: invalid continue token")
    }
    if let version = request.parameter("resourceVersion"), !version.isEmpty, version != "0" {
      throw .badRequest("specifying resource version is not allowed when using continue")
    }
    return page
  }

  func forbiddenInitialEvents(_ why: String) -> APIError {
    var error = APIError(
      422, "Invalid", "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: \(why)")
    error.group = "meta.k8s.io"
    error.kind = "ListOptions"
    error.causes = [.init(reason: "FieldValueForbidden", message: "Forbidden: \(why)", field: "sendInitialEvents")]
    return error
  }
}
