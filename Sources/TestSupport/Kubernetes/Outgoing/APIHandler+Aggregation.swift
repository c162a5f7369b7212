internal import KubernetesAPI

extension APIHandler {
  /// Hands a request on to the server that an APIService names.
  func handOn(
    _ request: APIRequest, group: String, version: String, _ user: TestUser
  ) async throws -> APIResponse {
    guard
      let service = store.get("apiservices.apiregistration.k8s.io", ObjectID(nil, "\(version).\(group)"))?.value,
      service["spec", "service"]?.fields != nil
    else { throw APIError.noSuchPath() }
    guard let endpoint = endpoint(of: service) else {
      throw Self.unavailable("service unavailable")
    }
    let hopByHop: Set<String> = ["connection", "host", "content-length", "authorization", "transfer-encoding"]
    var headers = request.headers.filter { !hopByHop.contains($0.key) && !$0.key.hasPrefix("x-remote-") }
      .map { ($0.key, $0.value) }
    headers.append(("X-Remote-User", user.name))
    headers += user.allGroups.map { ("X-Remote-Group", $0) }
    headers.append(("X-Forwarded-For", "127.0.0.1"))
    let uri = Self.encoded(request.path) + (request.rawQuery.isEmpty ? "" : "?\(request.rawQuery)")
    do {
      let answer = try await outgoing.caller.call(
        endpoint, method: request.method, uri: uri, headers: headers, body: request.body, timeout: .seconds(30))
      return APIResponse(status: answer.status, bytes: answer.body, contentType: answer.contentType)
    } catch {
      throw Self.unavailable("error trying to reach service: \(error)")
    }
  }

  static func unavailable(_ message: String) -> APIError { APIError(503, "ServiceUnavailable", message) }

  private static func encoded(_ path: String) -> String {
    var result = ""
    for byte in path.utf8 {
      let isPlain =
        (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
        || "/-._~:@!$&'()*+,;=".utf8.contains(byte)
      let digits = String(byte, radix: 16, uppercase: true)
      result += isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
    }
    return result
  }

  func endpoint(of service: JSONValue) -> HTTPSCaller.Endpoint? {
    let name = service["spec", "service", "name"]?.text ?? ""
    let namespace = service["spec", "service", "namespace"]?.text ?? ""
    let servicePort = Int(service["spec", "service", "port"]?.int ?? 443)
    guard let port = port(ofService: name, in: namespace, servicePort: servicePort) else { return nil }
    let bundle = Base64Text.bytes(service["spec", "caBundle"]?.text ?? "") ?? []
    let skips = service["spec", "insecureSkipTLSVerify"] == true
    return HTTPSCaller.Endpoint(
      port: port, name: "\(name).\(namespace).svc", authorityPEM: skips ? nil : String(decoding: bundle, as: UTF8.self),
      clientCertificatePEM: outgoing.proxy.certificatePEM, clientKeyPEM: outgoing.proxy.keyPEM)
  }

  /// Asks every aggregated server for its discovery, and writes into its APIService whether it answers.
  func checkAvailability() async {
    for stored in store.list("apiservices.apiregistration.k8s.io", namespace: nil).objects {
      let (isAvailable, reason, message) = await availability(of: stored.value)
      let old = (stored.value["status", "conditions"]?.items ?? []).first { $0["type"] == "Available" }
      let status: JSONValue = isAvailable ? "True" : "False"
      if old?["status"] == status, old?["reason"]?.text == reason, old?["message"]?.text == message { continue }
      let time = old?["status"] == status ? old?["lastTransitionTime"] : nil
      var object = stored.value
      object["status", "conditions"] = [
        [
          "type": "Available", "status": status, "reason": .string(reason), "message": .string(message),
          "lastTransitionTime": time ?? .string(store.now().rfc3339),
        ]
      ]
      _ = try? store.update(
        "apiservices.apiregistration.k8s.io", object, owners: stored.owners, base: stored.revision)
    }
  }

  private func availability(of service: JSONValue) async -> (Bool, String, String) {
    guard service["spec", "service"]?.fields != nil else {
      return (true, "Local", "Local APIServices are always available")
    }
    let name = service["spec", "service", "name"]?.text ?? ""
    let namespace = service["spec", "service", "namespace"]?.text ?? ""
    guard let endpoint = endpoint(of: service) else {
      return (false, "ServiceNotFound", "service/\(name) in \"\(namespace)\" is not present")
    }
    let path = "/apis/\(service["spec", "group"]?.text ?? "")/\(service["spec", "version"]?.text ?? "")"
    do {
      let headers = [("X-Remote-User", "system:kube-aggregator"), ("X-Remote-Group", "system:masters")]
      let answer = try await outgoing.caller.call(
        endpoint, method: "GET", uri: path, headers: headers, body: [], timeout: .seconds(5))
      guard answer.status < 300 else {
        return (
          false, "FailedDiscoveryCheck",
          "failing or missing response from https://\(name).\(namespace).svc\(path): bad status from "
            + "https://\(name).\(namespace).svc\(path): \(answer.status)"
        )
      }
      return (true, "Passed", "all checks passed")
    } catch {
      return (
        false, "FailedDiscoveryCheck",
        "failing or missing response from https://\(name).\(namespace).svc\(path): \(error)"
      )
    }
  }
}
