internal import Foundation
internal import KubernetesAPI

/// Validating webhooks.
extension APIHandler {
  /// Asks every webhook that matches.
  /// - Returns: the warnings of those that allowed it.
  /// - Throws: the refusal of the first that denied it, or could not be asked and says `failurePolicy: Fail`.
  func admit(
    _ object: JSONValue, old: JSONValue?, operation: String, _ context: WriteContext
  ) async throws -> [String] {
    var warnings: [String] = []
    for configuration in store.list("validatingwebhookconfigurations.admissionregistration.k8s.io", namespace: nil)
      .objects
    {
      for webhook in configuration.value["webhooks"]?.items ?? []
      where matches(webhook, object.isNull ? old ?? .null : object, operation, context) {
        warnings += try await ask(webhook, object, old, operation, context)
      }
    }
    return warnings
  }

  private func matches(
    _ webhook: JSONValue, _ object: JSONValue, _ operation: String, _ context: WriteContext
  ) -> Bool {
    let type = context.type
    let resource = context.subresource.map { "\(type.resource)/\($0)" } ?? type.resource
    let isCovered = (webhook["rules"]?.items ?? []).contains { rule in
      func has(_ key: String, _ values: String...) -> Bool {
        (rule[key]?.items ?? []).compactMap(\.text).contains { values.contains($0) }
      }
      let any = context.subresource == nil ? "*" : "*/*"
      let scope = rule["scope"]?.text ?? "*"
      return has("operations", operation, "*") && has("apiGroups", type.group, "*")
        && has("apiVersions", type.version, "*")
        && has("resources", resource, any, "*/*", "\(type.resource)/*")
        && (scope == "*" || (scope == "Namespaced") == type.isNamespaced)
    }
    guard isCovered else { return false }
    func selects(_ key: String, _ labels: [String: String]) -> Bool {
      guard let json = webhook[key], !json.isNull else { return true }
      let bytes = Data(JSONText.bytes(json))
      return (try? JSONDecoder().decode(LabelSelector.self, from: bytes))?.matches(labels) ?? true
    }
    if let namespace = object.namespace {
      let labels = store.get("namespaces", ObjectID(nil, namespace))?.value.labels ?? [:]
      guard selects("namespaceSelector", labels) else { return false }
    }
    return selects("objectSelector", object.labels)
  }

  private func review(
    _ uid: String, _ object: JSONValue, _ old: JSONValue?, _ operation: String, _ context: WriteContext
  ) -> JSONValue {
    let type = context.type
    let about = object.isNull ? old ?? .null : object
    let kind: JSONValue = [
      "group": .string(type.group), "version": .string(type.version), "kind": .string(type.kind),
    ]
    let resource: JSONValue = [
      "group": .string(type.group), "version": .string(type.version), "resource": .string(type.resource),
    ]
    var request: JSONValue = [
      "uid": .string(uid), "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
      "name": .string(about.name), "operation": .string(operation), "dryRun": .bool(context.isDryRun),
      "userInfo": [
        "username": .string(context.user.name), "groups": .array(context.user.allGroups.map { .string($0) }),
      ],
      "object": object.isNull ? .null : type.shown(object), "oldObject": old.map { type.shown($0) } ?? .null,
      "options": [
        "kind": .string("\(operation.prefix(1))\(operation.dropFirst().lowercased())Options"),
        "apiVersion": "meta.k8s.io/v1",
      ],
    ]
    if let namespace = about.namespace { request["namespace"] = .string(namespace) }
    if let subresource = context.subresource { request["subResource"] = .string(subresource) }
    return ["kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request]
  }

  private func ask(
    _ webhook: JSONValue, _ object: JSONValue, _ old: JSONValue?, _ operation: String, _ context: WriteContext
  ) async throws -> [String] {
    let name = webhook["name"]?.text ?? ""
    let uid = UUID().uuidString.lowercased()
    let seconds = webhook["timeoutSeconds"]?.int ?? 10
    do {
      let body = JSONText.bytes(review(uid, object, old, operation, context))
      let (endpoint, path) = try target(of: webhook)
      let answer = try await outgoing.caller.call(
        endpoint, method: "POST", uri: "\(path)?timeout=\(seconds)s",
        headers: [("Content-Type", "application/json"), ("Accept", "application/json")], body: body,
        timeout: .seconds(seconds))
      guard answer.status == 200 else {
        throw HTTPSCaller.Failed(description: "the server answered with status \(answer.status)")
      }
      let review = try JSONText.parse(answer.body)
      guard review["kind"] == "AdmissionReview", review["response", "uid"]?.text == uid else {
        throw HTTPSCaller.Failed(description: "expected response.uid=\"\(uid)\"")
      }
      let response = review["response"] ?? [:]
      guard response["allowed"] == true else { throw Self.denial(by: name, response) }
      return (response["warnings"]?.items ?? []).compactMap(\.text)
    } catch let error as APIError {
      throw error
    } catch {
      if webhook["failurePolicy"] == "Ignore" { return [] }
      throw APIError(
        500, "InternalError",
        "Internal error occurred: failed calling webhook \"\(name)\": failed to call webhook: \(error)")
    }
  }

  private static func denial(by name: String, _ response: JSONValue) -> APIError {
    let code = Int(response["status", "code"]?.int ?? 403)
    let prefix = "admission webhook \"\(name)\" denied the request"
    let message = response["status", "message"]?.text ?? response["status", "reason"]?.text
    let text = message.map { "\(prefix): \($0)" } ?? "\(prefix) without explanation"
    var error = APIError(code, response["status", "reason"]?.text ?? "Forbidden", text)
    for cause in response["status", "details", "causes"]?.items ?? [] {
      error.causes.append(
        .init(
          reason: cause["reason"]?.text ?? "", message: cause["message"]?.text ?? "", field: cause["field"]?.text ?? "")
      )
    }
    return error
  }

  private func target(of webhook: JSONValue) throws -> (HTTPSCaller.Endpoint, String) {
    let client = webhook["clientConfig"] ?? [:]
    let bundle = String(decoding: Base64Text.bytes(client["caBundle"]?.text ?? "") ?? [], as: UTF8.self)
    if let text = client["url"]?.text {
      guard let url = URL(string: text), let host = url.host else {
        throw HTTPSCaller.Failed(description: "not a URL: \(text)")
      }
      let endpoint = HTTPSCaller.Endpoint(port: url.port ?? 443, name: host, authorityPEM: bundle)
      return (endpoint, url.path.isEmpty ? "/" : url.path)
    }
    let name = client["service", "name"]?.text ?? ""
    let namespace = client["service", "namespace"]?.text ?? ""
    let servicePort = Int(client["service", "port"]?.int ?? 443)
    guard let port = port(ofService: name, in: namespace, servicePort: servicePort) else {
      throw HTTPSCaller.Failed(
        description: "Post \"https://\(name).\(namespace).svc:\(servicePort)\": service \"\(name)\" not found")
    }
    let endpoint = HTTPSCaller.Endpoint(port: port, name: "\(name).\(namespace).svc", authorityPEM: bundle)
    return (endpoint, client["service", "path"]?.text ?? "/")
  }
}
