internal import Admission
internal import Engine
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import Polling
internal import TestSupport
internal import Testing

@testable import Operator

/// The whole way: the keeper's certificate on a real server, the API server that trusts it by the keeper's bundle, and a
/// ScaledObject that is written.
@Suite(.serialized) struct WebhookTests {
  /// A cluster in which nothing else is.
  struct EmptyCluster: AdmissionFacts, ConfigurationObjects {
    func scaledObjects(in namespace: String) async throws(AdmissionFactError) -> [ScaledObject] { [] }
    func horizontalPodAutoscalers(
      in namespace: String
    ) async throws(AdmissionFactError) -> [HorizontalPodAutoscaler] { [] }
    func limitRanges(in namespace: String) async throws(AdmissionFactError) -> [LimitRange] { [] }
    func workload(_ target: TargetReference) async throws(AdmissionFactError) -> Workload? { nil }
    func isKnown(apiVersion: String, kind: String) async throws(AdmissionFactError) -> Bool { true }
    func configuration(for object: ScaledObject) async -> any ConfigurationObjects { self }
    func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? { nil }
    func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? { nil }
    func secret(_ name: String, namespace: String) -> Secret? { nil }
    func configMap(_ name: String, namespace: String) -> ConfigMap? { nil }
    func workload(_ target: TargetReference) -> Workload? { nil }
  }

  static let scaledObjects = "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects"

  static func object(_ name: String, min: Int64, stream: JSONValue = "orders") -> JSONValue {
    [
      "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
      "metadata": ["name": .string(name), "namespace": "default"],
      "spec": [
        "scaleTargetRef": ["name": .string(name)], "minReplicaCount": .integer(min), "maxReplicaCount": 5,
        "idleReplicaCount": 0,
        "triggers": [
          [
            "type": "redis-streams",
            "metadata": [
              "address": "redis:6379", "stream": stream, "consumerGroup": "g", "pendingEntriesCount": "many",
            ],
          ]
        ],
      ],
    ]
  }

  @Test func theAPIServerAsksAndTrustsTheAnswer() async throws {
    let rig = try await KeeperRig.start(withTargets: false)
    let crds = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("deploy/base/crds").path
    try await rig.server.loadCRDs(folder: crds)
    try await rig.server.request(
      "POST", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
      [
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": ["name": .string(KeeperRig.webhooks)],
        "webhooks": [
          [
            "name": "vscaledobject.kb.io", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "failurePolicy": "Fail",
            "rules": [
              [
                "apiGroups": ["keda.sh"], "apiVersions": ["v1alpha1"], "operations": ["CREATE", "UPDATE"],
                "resources": ["scaledobjects"],
              ]
            ],
            "clientConfig": [
              "service": [
                "name": "swell", "namespace": .string(KeeperRig.namespace),
                "path": .string(AdmissionKind.scaledObject.path),
              ]
            ],
          ]
        ],
      ])
    let replica = try rig.replica(isLeader: true)
    try await CertificateKeeperTests.with(rig, [replica]) {
      let identity = try #require(await replica.keeper.identity.wait())
      let responder = AdmissionResponder(
        reviewer: AdmissionReviewer(
          facts: EmptyCluster(), clusterNamespace: KeeperRig.namespace, time: SystemTime()))
      let server = try await HTTPServer.bind(
        HTTPServerConfiguration(host: "127.0.0.1", port: 0, identity: identity), responder: responder)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        defer { group.cancelAll() }
        rig.server.map(service: "swell", in: KeeperRig.namespace, to: server.boundAddress.port)
        try await eventually("the webhook has the bundle") {
          try rig.bundles().contains { $0 != nil }
        }
        let refusal = await #expect(throws: RequestFailed.self) {
          try await rig.server.request("POST", Self.scaledObjects, Self.object("a", min: 3))
        }
        #expect(refusal?.code == 403)
        let message = refusal?.status["message"]?.string ?? ""
        let start = "admission webhook \"vscaledobject.kb.io\" denied the request: spec.triggers[0].metadata."
        #expect(message.hasPrefix(start + "pendingEntriesCount: \"many\""), "\(message)")
        #expect(try rig.server.objects.get("scaledobjects", "a") == nil)
      }
    }
  }
}
