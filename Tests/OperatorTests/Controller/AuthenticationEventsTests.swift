internal import KubernetesAPI
internal import TestSupport
internal import Testing

@testable import Operator

@Suite(.serialized) struct AuthenticationEventsTests {
  /// Events about what is in no namespace belong to `default`, where a namespaced installation may not write.
  @Test(arguments: [(["team"], false), (["team", "default"], true), ([], true)])
  func ofClusterTriggerAuthenticationsWhereTheyMayBeWritten(watched: [String], isTold: Bool) async throws {
    let rig = try await OperatorRig.start { $0.watchNamespaces = watched }
    try rig.makeNamespace("team")
    let spec: JSONValue = ["secretTargetRef": [["parameter": "password", "name": "login", "key": "password"]]]
    try await rig.server.apply([
      "apiVersion": "keda.sh/v1alpha1", "kind": "ClusterTriggerAuthentication", "metadata": ["name": "shared"],
      "spec": spec,
    ])
    try await eventually("it is known", within: .seconds(60)) {
      rig.cluster.cache.clusterTriggerAuthentication("shared") != nil
    }
    try await rig.server.apply([
      "apiVersion": "keda.sh/v1alpha1", "kind": "TriggerAuthentication",
      "metadata": ["name": "own", "namespace": "team"], "spec": spec,
    ])
    try await eventually("the other's event is written", within: .seconds(60)) {
      try !rig.eventReasons(in: "team", of: "own").isEmpty
    }
    if isTold {
      try await eventually("it is told", within: .seconds(60)) {
        try rig.eventReasons(in: "default", of: "shared") == ["ClusterTriggerAuthenticationAdded"]
      }
    } else {
      #expect(try rig.eventReasons(in: "default", of: "shared") == [])
      let tried = rig.server.requests.entries.filter { $0.resource.hasPrefix("events") && $0.namespace == "default" }
      #expect(tried.map(\.path) == [])
    }
    await rig.stop()
  }
}
