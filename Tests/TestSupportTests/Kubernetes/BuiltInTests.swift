import KubernetesAPI
import Testing

@testable import TestSupport

@Suite struct BuiltInTests {
  static let path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"

  static func hpa(_ name: String, _ change: (inout JSONValue) -> Void = { _ in }) -> JSONValue {
    var hpa: JSONValue = [
      "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": ["name": .string(name)],
      "spec": [
        "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "worker"], "maxReplicas": 5,
        "metrics": [
          [
            "type": "External",
            "external": ["metric": ["name": "s0-x"], "target": ["type": "AverageValue", "averageValue": "2500m"]],
          ]
        ],
      ],
    ]
    change(&hpa)
    return hpa
  }

  @Test func autoscalersAreDefaulted() async throws {
    let fixture = try await Fixture()
    let created = try await fixture.client.post(
      Self.path, Self.hpa("a") { $0["spec", "behavior"] = ["scaleDown": ["stabilizationWindowSeconds": 10]] }
    ).body
    #expect(created["spec", "minReplicas"] == 1)
    #expect(created["metadata", "generation"] == nil)
    #expect(created["status"] == ["currentMetrics": .null, "desiredReplicas": 0])
    #expect(created["spec", "behavior", "scaleUp", "policies"]?.items?.count == 2)
    #expect(created["spec", "behavior", "scaleUp", "stabilizationWindowSeconds"] == 0)
    #expect(
      created["spec", "behavior", "scaleDown"] == [
        "stabilizationWindowSeconds": 10, "selectPolicy": "Max",
        "policies": [["type": "Percent", "value": 100, "periodSeconds": 15]],
      ])
    let bare = try await fixture.client.post(
      Self.path,
      Self.hpa("b") {
        $0["spec", "metrics"] = nil
        $0["spec", "behavior"] = [:]
      }
    ).body
    #expect(bare["spec", "metrics"]?[0]?["resource", "target", "averageUtilization"] == 80)
    #expect(bare["spec", "behavior", "scaleDown", "stabilizationWindowSeconds"] == nil)
    let quantities = try await fixture.client.post(
      Self.path,
      Self.hpa("c") {
        $0["spec", "metrics"] = [
          [
            "type": "External",
            "external": ["metric": ["name": "m"], "target": ["type": "Value", "value": "0.5"]],
          ],
          [
            "type": "External",
            "external": ["metric": ["name": "m"], "target": ["type": "AverageValue", "averageValue": 1_000]],
          ],
        ]
      }
    ).body
    #expect(quantities["spec", "metrics"]?[0]?["external", "target", "value"] == "500m")
    #expect(quantities["spec", "metrics"]?[1]?["external", "target", "averageValue"] == "1k")
    await fixture.server.stop()
  }

  @Test func autoscalersAreChecked() async throws {
    let fixture = try await Fixture()
    let cases: [(Int, String, (inout JSONValue) -> Void)] = [
      (
        422, "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1", { $0["spec", "minReplicas"] = 0 }
      ),
      (
        422, "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`",
        { $0["spec", "minReplicas"] = 6 }
      ),
      (422, "spec.maxReplicas: Invalid value: 0: must be greater than 0", { $0["spec", "maxReplicas"] = nil }),
      (422, "spec.scaleTargetRef.name: Required value", { $0["spec", "scaleTargetRef", "name"] = nil }),
      (
        422, "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601",
        { $0["spec", "behavior"] = ["scaleUp": ["stabilizationWindowSeconds": 3_601]] }
      ),
      (
        422, "spec.behavior.scaleDown.policies: Required value: must specify at least one Policy",
        { $0["spec", "behavior"] = ["scaleDown": ["policies": []]] }
      ),
      (
        422, "spec.metrics[0].external.target.averageValue: Invalid value: \"0\": must be positive",
        {
          $0["spec", "metrics"] = [
            [
              "type": "External",
              "external": ["metric": ["name": "m"], "target": ["type": "AverageValue", "averageValue": "0"]],
            ]
          ]
        }
      ),
      (400, "cannot be handled as a HorizontalPodAutoscaler", { $0["spec", "maxReplicas"] = "5" }),
    ]
    for (index, (status, message, change)) in cases.enumerated() {
      let answer = try await fixture.client.post(Self.path, Self.hpa("h\(index)", change))
      #expect(answer.status == status, "\(message)")
      #expect(answer.message.contains(message), "\(answer.message)")
    }
    await fixture.server.stop()
  }

  @Test func leasesAreHeldByOne() async throws {
    let fixture = try await Fixture()
    let path = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    func lease(_ time: String, seconds: Int64 = 8) -> JSONValue {
      [
        "metadata": ["name": "l"],
        "spec": ["holderIdentity": "a", "leaseDurationSeconds": .integer(seconds), "renewTime": .string(time)],
      ]
    }
    #expect(try await fixture.client.post(path, lease("2026-01-01T00:00:00Z")).status == 400)
    #expect(try await fixture.client.post(path, lease("2026-01-01T00:00:00.000000Z", seconds: 0)).status == 422)
    let held = try await fixture.client.post(path, lease("2026-01-01T00:00:00.000000Z")).body
    var renewed = held
    renewed["spec", "renewTime"] = "2026-01-01T00:00:01.000000Z"
    #expect(try await fixture.client.put("\(path)/l", renewed).status == 200)
    #expect(try await fixture.client.put("\(path)/l", renewed).status == 409)
    renewed["metadata", "resourceVersion"] = nil
    #expect(try await fixture.client.put("\(path)/l", renewed).status == 422)
    await fixture.server.stop()
  }

  @Test func eventsAreTheSameInBothGroups() async throws {
    let fixture = try await Fixture()
    let event: JSONValue = [
      "metadata": ["name": "e.1"], "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "c",
      "reportingInstance": "i", "action": "a", "reason": "KEDAScalersStarted", "type": "Normal", "note": "hello",
      "regarding": ["kind": "Widget", "name": "w", "namespace": "default", "uid": "u"],
    ]
    let path = "/apis/events.k8s.io/v1/namespaces/default/events"
    #expect(try await fixture.client.post(path, event).status == 201)
    let old = try await fixture.client.get(
      "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dw,involvedObject.uid%3Du")
    #expect(old.body["items"]?[0]?["message"] == "hello")
    #expect(old.body["items"]?[0]?["involvedObject", "kind"] == "Widget")
    var bad = event
    bad["metadata", "name"] = "e.2"
    bad["action"] = nil
    bad["type"] = "Odd"
    let answer = try await fixture.client.post(path, bad)
    #expect(answer.status == 422)
    #expect(answer.message.contains("action: Required value") && answer.message.contains("type: Invalid value"))
    await fixture.server.stop()
  }

  @Test func serverSideApplyKnowsOwners() async throws {
    let fixture = try await Fixture()
    let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hooks"
    func configuration(_ webhook: JSONValue) -> JSONValue {
      [
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": ["name": "hooks"], "webhooks": [webhook],
      ]
    }
    let whole = configuration([
      "name": "v.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"],
      "clientConfig": ["service": ["namespace": "a", "name": "b"]],
      "rules": [["operations": ["CREATE"], "apiGroups": ["nowhere"], "apiVersions": ["*"], "resources": ["*"]]],
    ])
    #expect(try await fixture.client.apply("\(path)?fieldManager=deployer", whole).status == 201)
    let bundle = configuration(["name": "v.example.com", "clientConfig": ["caBundle": "YQ=="]])
    let added = try await fixture.client.apply("\(path)?fieldManager=swell", bundle)
    #expect(added.status == 200)
    #expect(added.body["webhooks"]?[0]?["clientConfig", "caBundle"] == "YQ==")
    #expect(added.body["webhooks"]?[0]?["clientConfig", "service", "port"] == 443)
    #expect(added.body["webhooks"]?[0]?["failurePolicy"] == "Fail")
    let other = configuration(["name": "v.example.com", "clientConfig": ["caBundle": "Yg=="]])
    let refused = try await fixture.client.apply("\(path)?fieldManager=other", other)
    #expect(refused.status == 409)
    #expect(refused.message.contains("conflict with \"swell\" using admissionregistration.k8s.io/v1"))
    #expect(refused.message.contains("clientConfig.caBundle"))
    #expect(try await fixture.client.apply("\(path)?fieldManager=other&force=true", other).status == 200)
    let kept = try await fixture.client.apply("\(path)?fieldManager=deployer", whole)
    #expect(kept.body["webhooks"]?[0]?["clientConfig", "caBundle"] == "Yg==")
    let released = try await fixture.client.apply(
      "\(path)?fieldManager=other", configuration(["name": "v.example.com"]))
    #expect(released.body["webhooks"]?[0]?["clientConfig", "caBundle"] == nil)
    #expect(try await fixture.client.apply(path, whole).status == 422)
    await fixture.server.stop()
  }
}
