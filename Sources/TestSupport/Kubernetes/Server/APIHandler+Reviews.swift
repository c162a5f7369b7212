internal import KubernetesAPI

/// TokenReview, SubjectAccessReview and tokens of ServiceAccounts: created, answered, never stored.
extension APIHandler {
  func review(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition, _ user: TestUser
  ) throws -> APIResponse? {
    if type.resource == "serviceaccounts", place.subresource == "token", place.verb == "create" {
      return try token(request, place, type)
    }
    guard place.verb == "create" else { return nil }
    switch type.resource {
    case "tokenreviews": return APIResponse(status: 201, tokenReview(try request.object()))
    case "subjectaccessreviews": return APIResponse(status: 201, try accessReview(try request.object(), of: nil, type))
    case "selfsubjectaccessreviews":
      return APIResponse(status: 201, try accessReview(try request.object(), of: user, type))
    default: return nil
    }
  }

  private func token(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition
  ) throws(APIError) -> APIResponse {
    let (namespace, name) = (place.namespace ?? "", place.name ?? "")
    guard store.get("serviceaccounts", ObjectID(namespace, name)) != nil else { throw .notFound(type, name) }
    var body = try request.object()
    let seconds = max(1, body["spec", "expirationSeconds"]?.int ?? 3_600)
    let token = access.token(for: .serviceAccount(namespace, name), validFor: .seconds(seconds))
    body["apiVersion"] = "authentication.k8s.io/v1"
    body["kind"] = "TokenRequest"
    body["status"] = [
      "token": .string(token), "expirationTimestamp": .string((store.now() + .seconds(seconds)).rfc3339),
    ]
    return APIResponse(status: 201, body)
  }

  private func tokenReview(_ body: JSONValue) -> JSONValue {
    var body = body
    body["apiVersion"] = "authentication.k8s.io/v1"
    body["kind"] = "TokenReview"
    body["metadata"] = ["creationTimestamp": .null]
    if let user = access.user(ofToken: body["spec", "token"]?.text ?? "") {
      body["status"] = [
        "authenticated": true, "audiences": body["spec", "audiences"] ?? ["https://kubernetes.default.svc"],
        "user": [
          "username": .string(user.name), "uid": .string("uid-\(user.name)"),
          "groups": .array(user.allGroups.map { .string($0) }),
        ],
      ]
    } else {
      body["status"] = ["user": [:], "error": "[invalid bearer token, token lookup failed]"]
    }
    return body
  }

  private func accessReview(
    _ body: JSONValue, of caller: TestUser?, _ type: ResourceDefinition
  ) throws(APIError) -> JSONValue {
    var body = body
    let spec = body["spec"] ?? [:]
    var subject: TestUser
    if let caller {
      subject = caller
    } else {
      let name = spec["user"]?.text ?? ""
      let groups = (spec["groups"]?.items ?? []).compactMap(\.text)
      guard !name.isEmpty || !groups.isEmpty else {
        throw .invalid(type, "", [.invalid("spec.user", "", "at least one of user or group must be specified")])
      }
      subject = TestUser(name, groups: groups, rules: access.user(named: name)?.rules ?? [])
    }
    let wanted: AccessRequest
    if let resource = spec["resourceAttributes"], resource.fields != nil {
      wanted = AccessRequest(
        verb: resource["verb"]?.text ?? "", group: resource["group"]?.text ?? "",
        resource: resource["resource"]?.text ?? "", subresource: resource["subresource"]?.text ?? "",
        namespace: resource["namespace"]?.text ?? "", name: resource["name"]?.text ?? "")
    } else if let other = spec["nonResourceAttributes"], other.fields != nil {
      wanted = AccessRequest(verb: other["verb"]?.text ?? "", path: other["path"]?.text ?? "")
    } else {
      throw .invalid(
        type, "",
        [
          .invalid(
            "spec.resourceAttributes", .null,
            "exactly one of nonResourceAttributes or resourceAttributes must be specified")
        ])
    }
    body["apiVersion"] = .string(type.apiVersion)
    body["kind"] = .string(type.kind)
    body["metadata"] = ["creationTimestamp": .null]
    let isAllowed = access.allows(subject, wanted)
    body["status"] = isAllowed ? ["allowed": true, "reason": "RBAC: allowed"] : ["allowed": false]
    return body
  }
}
