import KubernetesAPI
import Testing

@testable import TestSupport

/// Webhooks and aggregated APIs.
@Suite struct OutgoingTests {
  static func configuration(_ backend: Backend, policy: String, bundle: JSONValue? = nil) -> JSONValue {
    [
      "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
      "metadata": ["name": "hooks"],
      "webhooks": [
        [
          "name": "widgets.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
          "failurePolicy": .string(policy), "timeoutSeconds": 5,
          "clientConfig": [
            "service": ["namespace": "swell-system", "name": "swell-webhook", "path": "/validate"],
            "caBundle": bundle ?? backend.caBundle,
          ],
          "rules": [
            [
              "operations": ["CREATE", "UPDATE"], "apiGroups": ["example.com"], "apiVersions": ["v1"],
              "resources": ["widgets"],
            ]
          ],
        ]
      ],
    ]
  }

  private static func webhook() async throws -> Backend {
    try await Backend.start(name: "swell-webhook.swell-system.svc") { request in
      let object = request.body["request", "object"] ?? .null
      let isAllowed = object["spec", "size"] != 13
      var response: JSONValue = [
        "uid": request.body["request", "uid"] ?? "", "allowed": .bool(isAllowed), "warnings": ["size is odd"],
      ]
      if !isAllowed { response["status"] = ["code": 403, "message": "13 brings bad luck"] }
      return (200, ["apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response])
    }
  }

  @Test func webhooksDecide() async throws {
    let fixture = try await Fixture()
    let backend = try await Self.webhook()
    fixture.server.map(service: "swell-webhook", in: "swell-system", to: backend.port)
    try await fixture.server.apply(Self.configuration(backend, policy: "Fail"))
    let fine = try await fixture.client.post(Fixture.path, Fixture.widget("a"))
    #expect(fine.status == 201)
    #expect(fine.header("warning") == ["299 - \"size is odd\""])
    let denied = try await fixture.client.merge("\(Fixture.path)/a", ["spec": ["size": 13]])
    #expect(denied.status == 403)
    #expect(denied.message == "admission webhook \"widgets.example.com\" denied the request: 13 brings bad luck")
    let update = backend.seen.last?.body["request"] ?? [:]
    #expect(backend.seen.last?.uri == "/validate?timeout=5s")
    #expect(update["operation"] == "UPDATE")
    #expect(update["oldObject", "spec", "size"] == 5)
    #expect(update["object", "spec", "size"] == 13)
    #expect(update["userInfo", "username"] == "kubernetes-admin")
    #expect(update["resource"] == ["group": "example.com", "version": "v1", "resource": "widgets"])
    let count = backend.seen.count
    _ = try await fixture.client.merge("\(Fixture.path)/a/status", ["status": ["replicas": 1]])
    _ = try await fixture.client.send("DELETE", "\(Fixture.path)/a")
    #expect(backend.seen.count == count)
    await backend.stop()
    await fixture.server.stop()
  }

  @Test(arguments: [("Ignore", 201), ("Fail", 500)]) func failurePolicies(policy: String, status: Int) async throws {
    let fixture = try await Fixture()
    let backend = try await Self.webhook()
    fixture.server.map(service: "swell-webhook", in: "swell-system", to: backend.port)
    let stranger = JSONValue.string(Base64Text.text(Array(fixture.server.caPEM.utf8)))
    try await fixture.server.apply(Self.configuration(backend, policy: policy, bundle: stranger))
    let untrusted = try await fixture.client.post(Fixture.path, Fixture.widget("a"))
    #expect(untrusted.status == status)
    fixture.server.map(service: "swell-webhook", in: "swell-system", to: nil)
    let missing = try await fixture.client.post(Fixture.path, Fixture.widget("b"))
    #expect(missing.status == status)
    if policy == "Fail" {
      #expect(missing.message.contains("failed calling webhook \"widgets.example.com\": failed to call webhook:"))
    }
    await backend.stop()
    await fixture.server.stop()
  }

  static func apiService(_ backend: Backend) -> JSONValue {
    [
      "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
      "metadata": ["name": "v1beta1.external.metrics.k8s.io"],
      "spec": [
        "group": "external.metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
        "caBundle": backend.caBundle, "service": ["namespace": "swell-system", "name": "swell-metrics"],
      ],
    ]
  }

  static func metrics(_ value: @escaping @Sendable () -> String) async throws -> Backend {
    try await Backend.start(name: "swell-metrics.swell-system.svc") { request in
      guard request.uri.contains("/namespaces/") else {
        return (
          200, ["kind": "APIResourceList", "groupVersion": "external.metrics.k8s.io/v1beta1", "resources": []]
        )
      }
      return (
        200,
        [
          "kind": "ExternalMetricValueList", "apiVersion": "external.metrics.k8s.io/v1beta1", "metadata": [:],
          "items": [
            [
              "metricName": "s0-x", "metricLabels": .null, "timestamp": "2026-01-01T00:00:00Z",
              "value": .string(value()),
            ]
          ],
        ]
      )
    }
  }

  private static func availability(_ server: TestAPIServer) throws -> String {
    let service = try server.objects.get("apiservices", "v1beta1.external.metrics.k8s.io")
    let condition = service?["status", "conditions"]?[0]
    return "\(condition?["status"]?.text ?? "") \(condition?["reason"]?.text ?? "")"
  }

  @Test func aggregatedGroupsAreHandedOn() async throws {
    let fixture = try await Fixture()
    let backend = try await Self.metrics { "7" }
    let path = "/apis/external.metrics.k8s.io/v1beta1"
    #expect(try await fixture.client.get(path).status == 404)
    try await fixture.server.apply(Self.apiService(backend))
    try await eventually("it is not there") { try Self.availability(fixture.server) == "False ServiceNotFound" }
    #expect(try await fixture.client.get(path).status == 503)
    fixture.server.map(service: "swell-metrics", in: "swell-system", to: backend.port)
    try await eventually("it is available") { try Self.availability(fixture.server) == "True Passed" }
    let answer = try await fixture.client.send(
      "GET", "\(path)/namespaces/default/s0-x?labelSelector=a%3Db", headers: [("X-Remote-User", "system:admin")])
    #expect(answer.body["items"]?[0]?["value"] == "7")
    let request = try #require(backend.seen.last { $0.uri.contains("s0-x") })
    #expect(request.uri == "\(path)/namespaces/default/s0-x?labelSelector=a%3Db")
    #expect(request.header("x-remote-user") == ["kubernetes-admin"])
    #expect(Set(request.header("x-remote-group")) == ["system:masters", "system:authenticated"])
    #expect(request.header("authorization").isEmpty)
    let groups = try await fixture.client.get("/apis").body["groups"]?.items ?? []
    #expect(groups.contains { $0["name"] == "external.metrics.k8s.io" })
    await backend.stop()
    fixture.server.api.outgoing.caller.closeAll()
    try await eventually("it is gone") { try Self.availability(fixture.server) == "False FailedDiscoveryCheck" }
    #expect(try await fixture.client.get("\(path)/namespaces/default/s0-x").status == 503)
    await fixture.server.stop()
  }

  @Test func theFrontProxyIsDescribed() async throws {
    let fixture = try await Fixture()
    let map = try fixture.server.objects.get("configmaps", "extension-apiserver-authentication", in: "kube-system")
    #expect(map?["data", "requestheader-client-ca-file"]?.text == fixture.server.frontProxyAuthorityPEM)
    #expect(map?["data", "client-ca-file"]?.text == fixture.server.caPEM)
    #expect(map?["data", "requestheader-allowed-names"] == "[\"front-proxy-client\"]")
    await fixture.server.stop()
  }
}
