internal import KubernetesAPI
internal import Testing

@testable internal import TestSupport

/// What programs and people who know KEDA look for: its events, its metrics, its variables.
@Suite(.serialized) struct CompatibilityScenarioTests {
  private static func metrics(_ swell: ClusterSwell) async throws -> [Substring] {
    try await CurlReply.get("\(swell.telemetry)/metrics").body.split(separator: "\n")
  }

  /// Objects that are wrong are objects: they are counted and told of.
  @Test func metricsTellOfEverythingThatIsThere() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    let login = CredentialScenarioTests.login(from: "nowhere")
    try await rig.apply(CredentialScenarioTests.authentication(rig, "first", login))
    try await rig.apply(CredentialScenarioTests.authentication(rig, "second", login))
    try await rig.apply(CredentialScenarioTests.authentication(rig, "everywhere", login, isCluster: true))
    try await rig.stream("right").deliver(5)
    try await rig.add("right", replicas: 1)
    try await rig.add("wrong", replicas: 1, triggers: [rig.trigger("right", ["authenticationRef": ["name": "first"]])])
    try await rig.add("resting", replicas: 1, annotations: ["autoscaling.keda.sh/paused": "true"])
    try await rig.waitUntilReady(swell, "right")
    try await rig.wait(swell, "wrong", "Ready", is: "False ScaledObjectCheckFailed")
    try await rig.wait(swell, "resting", "Paused", is: "True ScaledObjectPaused")

    let expected = [
      #"keda_resource_registered_total{type="scaled_object",namespace="shop"} 3"#,
      #"keda_resource_registered_total{type="trigger_authentication",namespace="shop"} 2"#,
      #"keda_resource_registered_total{type="cluster_trigger_authentication",namespace="default"} 1"#,
      #"keda_trigger_registered_total{type="redis-streams"} 3"#,
      #"keda_scaled_object_paused{namespace="shop",scaledObject="right"} 0"#,
      #"keda_scaled_object_paused{namespace="shop",scaledObject="wrong"} 0"#,
      #"keda_scaled_object_paused{namespace="shop",scaledObject="resting"} 1"#,
      #"swell_object_ready{namespace="shop",scaledObject="right"} 1"#,
      #"swell_object_ready{namespace="shop",scaledObject="wrong"} 0"#,
      #"swell_objects{state="invalid"} 1"#,
    ].map { $0.replacing("\"shop\"", with: "\"\(rig.namespace)\"") }
    try await swell.waitUntil("all are counted") {
      Set(expected).isSubset(of: Set(try await Self.metrics(swell).map(String.init)))
    }
    let errors = try await Self.metrics(swell).filter {
      $0.hasPrefix("keda_scaled_object_errors_total{") && $0.contains("scaledObject=\"wrong\"")
    }
    #expect(errors.count == 1 && !errors.contains { $0.hasSuffix(" 0") }, "\(errors)")

    try await rig.delete("wrong")
    try await swell.waitUntil("it is gone from the metrics") {
      try await !Self.metrics(swell).contains { $0.contains("scaledObject=\"wrong\"") }
    }
    try await rig.cluster.request("DELETE", "/apis/keda.sh/v1alpha1/clustertriggerauthentications/everywhere")
    await swell.stop()
    await rig.stop()
  }

  @Test func authenticationsAreToldOfAsInKEDA() async throws {
    let rig = try await ClusterRig.start()
    try await rig.apply(
      CredentialScenarioTests.authentication(rig, "older", CredentialScenarioTests.login(from: "one")))
    let swell = try await rig.swell()
    try await swell.waitUntilReady()
    // Its events are in a namespace that is not this test's own.
    let ofAll = "login-of-\(rig.namespace)"
    func told(_ name: String, in namespace: String) throws -> Set<String> {
      let events = try rig.objects.list("events.events.k8s.io", in: namespace)
        .filter { $0["regarding", "name"]?.text == name }
      #expect(events.allSatisfy { $0["reportingController"]?.text == "keda-operator" })
      return Set(
        events.map { "\($0["type"]?.text ?? "") \($0["reason"]?.text ?? ""): \($0["note"]?.text ?? "")" })
    }
    func wait(_ name: String, in namespace: String, for texts: Set<String>) async throws {
      try await swell.waitUntil("\(name): \(texts)") { try told(name, in: namespace) == texts }
    }
    for secret in ["one", "two"] {
      let login = CredentialScenarioTests.login(from: secret)
      try await rig.apply(CredentialScenarioTests.authentication(rig, "login", login))
      try await rig.apply(CredentialScenarioTests.authentication(rig, ofAll, login, isCluster: true))
      try await rig.waitForEvent(
        swell, secret == "one" ? "TriggerAuthenticationAdded" : "ClusterTriggerAuthenticationUpdated", of: "login")
    }
    // KEDA's text and reason of an update are the same for both kinds.
    try await wait(
      "login", in: rig.namespace,
      for: [
        "Normal TriggerAuthenticationAdded: New TriggerAuthentication configured",
        "Normal ClusterTriggerAuthenticationUpdated: ClusterTriggerAuthentication login is updated",
      ])
    try await wait(
      ofAll, in: "default",
      for: [
        "Normal ClusterTriggerAuthenticationAdded: New ClusterTriggerAuthentication configured",
        "Normal ClusterTriggerAuthenticationUpdated: ClusterTriggerAuthentication \(ofAll) is updated",
      ])
    // A user in the status is no update, and one that was there before is no news.
    try await rig.add(
      "user", replicas: 0, triggers: [rig.trigger("work", ["authenticationRef": ["name": "login"]])])
    try await swell.waitUntil("the status names the user") {
      try rig.objects.get("triggerauthentications", "login", in: rig.namespace)?["status", "scaledobjects"] == "user"
    }
    try await rig.delete("user")
    try await rig.delete("login", resource: "triggerauthentications")
    try await rig.cluster.request("DELETE", "/apis/keda.sh/v1alpha1/clustertriggerauthentications/\(ofAll)")
    try await swell.waitUntil("both are told to be gone") {
      try told("login", in: rig.namespace).contains(
        "Warning TriggerAuthenticationDeleted: TriggerAuthentication was deleted")
        && told(ofAll, in: "default").contains(
          "Warning ClusterTriggerAuthenticationDeleted: ClusterTriggerAuthentication was deleted")
    }
    #expect(try told("login", in: rig.namespace).count == 3)
    #expect(try told("older", in: rig.namespace).isEmpty)
    await swell.stop()
    await rig.stop()
  }

  /// The scale loop reports its own events, and triggers that are built anew are told of.
  @Test func eventsNameTheirReporter() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("told").deliver(20)
    try await rig.add("told", replicas: 0)
    try await rig.wait(swell, "told", has: 2)
    func reporters() throws -> [String: Set<String>] {
      try rig.objects.list("events.events.k8s.io", in: rig.namespace)
        .filter { $0["regarding", "name"]?.text == "told" }
        .reduce(into: [:]) { $0[$1["reportingController"]?.text ?? "", default: []].insert($1["reason"]?.text ?? "") }
    }
    try await swell.waitUntil("both have reported") {
      try reporters() == [
        "keda-operator": ["ScaledObjectReady"], "scale-handler": ["KEDAScalersStarted", "KEDAScaleTargetActivated"],
      ]
    }
    let cpu: JSONValue = ["type": "cpu", "metricType": "Utilization", "metadata": ["value": "50"]]
    try rig.objects.change("deployments", "told", in: rig.namespace) { object in
      object["spec", "template", "spec", "containers"] = [
        MergePatch.apply(["resources": ["requests": ["cpu": "10m"]]], to: WorkloadSpec.container)
      ]
    }
    try await rig.patchSpec("told", ["triggers": [rig.trigger("told"), cpu]])
    try await swell.waitUntil("the new trigger is told of") {
      try rig.events("KEDAScalersStarted", of: "told").contains("Scaler cpu is built")
    }
    // What cannot be built is told with its cause.
    try await rig.patchSpec(
      "told", ["triggers": [rig.trigger("told", ["authenticationRef": ["name": "nobody"]])]])
    try await swell.waitUntil("the failure is told") {
      try rig.events("KEDAScalerFailed", of: "told").contains { $0.contains("\"nobody\" does not exist") }
    }
    await swell.stop()
    await rig.stop()
  }

  /// A role that leaves out Secrets, as KEDA_RESTRICT_SECRET_ACCESS is replaced by.
  @Test(.enabled(if: !TestCluster.isExternal, "only the test server can be made to refuse what a role allows"))
  func aSecretThatMayNotBeReadIsTold() async throws {
    let rig = try await ClusterRig.start()
    let server = try #require(rig.server)
    server.faults.add(
      Fault(.status(403)) { [namespace = rig.namespace] in
        $0.resource == "secrets" && $0.namespace == namespace && $0.user.contains("swell")
      })
    let swell = try await rig.swell()
    let redis = try await CredentialScenarioTests.guardedRedis()
    try await rig.apply(
      CredentialScenarioTests.secret(rig, "hidden", ["username": "blue", "password": "blue-marker-1"]))
    try await rig.apply(
      CredentialScenarioTests.authentication(rig, "login", CredentialScenarioTests.login(from: "hidden")))
    try await rig.add("shut", replicas: 1, triggers: [CredentialScenarioTests.trigger(rig, redis, "login")])
    try await rig.wait(swell, "shut", "Ready", is: "False ScaledObjectCheckFailed")
    #expect(try rig.message("Ready", of: "shut").contains("Secret \(rig.namespace)/hidden cannot be read"))
    #expect(try rig.replicas(of: "shut") == 1)
    server.faults.removeAll()
    try await rig.wait(swell, "shut", has: 3)
    try await rig.waitUntilReady(swell, "shut")
    await swell.stop()
    await redis.stop()
    await rig.stop()
  }

  /// Two that watch other namespaces may share a ClusterTriggerAuthentication: neither takes the other's users away.
  @Test func usersOfOtherNamespacesAreLeftAlone() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell(["--leader-elect", "false", "--watch-namespace", rig.namespace])
    try await rig.apply(
      CredentialScenarioTests.authentication(
        rig, "shared-by-two", CredentialScenarioTests.login(from: "login"), isCluster: true))
    func users() throws -> String? {
      try rig.objects.get("clustertriggerauthentications", "shared-by-two")?["status", "scaledobjects"]?.text
    }
    try await rig.cluster.request(
      "PATCH", "/apis/keda.sh/v1alpha1/clustertriggerauthentications/shared-by-two/status",
      ["status": ["scaledobjects": "elsewhere"]], contentType: "application/merge-patch+json")
    let reference: JSONValue = ["name": "shared-by-two", "kind": "ClusterTriggerAuthentication"]
    try await rig.add("here", replicas: 0, triggers: [rig.trigger("work", ["authenticationRef": reference])])
    try await swell.waitUntil("both are named") { try users() == "elsewhere,here" }
    try await rig.delete("here")
    try await swell.waitUntil("the other one is left") { try users() == "elsewhere" }
    try await rig.cluster.request("DELETE", "/apis/keda.sh/v1alpha1/clustertriggerauthentications/shared-by-two")
    await swell.stop()
    await rig.stop()
  }

  /// As with KEDA_CLUSTER_OBJECT_NAMESPACE: the Secrets of ClusterTriggerAuthentications stay where KEDA had them.
  @Test func theNamespaceOfTheClustersObjectsCanBeAnother() async throws {
    let rig = try await ClusterRig.start()
    let redis = try await CredentialScenarioTests.guardedRedis()
    let swell = try await rig.swell(["--leader-elect", "false", "--cluster-object-namespace", rig.namespace])
    try await rig.apply(
      CredentialScenarioTests.secret(rig, "shared", ["username": "blue", "password": "blue-marker-1"]))
    try await rig.apply(
      CredentialScenarioTests.authentication(
        rig, "elsewhere", CredentialScenarioTests.login(from: "shared"), isCluster: true))
    try await rig.add(
      "clustered", replicas: 0,
      triggers: [CredentialScenarioTests.trigger(rig, redis, "elsewhere", kind: "ClusterTriggerAuthentication")])
    try await rig.wait(swell, "clustered", has: 3)
    try await rig.waitUntilReady(swell, "clustered")
    try await rig.cluster.request("DELETE", "/apis/keda.sh/v1alpha1/clustertriggerauthentications/elsewhere")
    await swell.stop()
    await redis.stop()
    await rig.stop()

    let run = try await SwellRun.start(["run"], environment: ["KEDA_CLUSTER_OBJECT_NAMESPACE": "Not a name"])
    #expect(try await run.process.waitUntilExit(within: .seconds(30)) != 0)
    #expect(run.errors.contains("--cluster-object-namespace"), "\(run.errors)")
  }

  /// Of a kind that Swell does not watch, the containers are read when somebody takes settings from them.
  @Test func environmentsOfOtherKindsAreKnown() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("work").deliver(30)
    var spec = WorkloadSpec.of("set", replicas: 0, kind: "ReplicaSet")
    spec["template", "spec", "containers"] = [
      MergePatch.apply(
        ["env": [["name": "REDIS", "value": .string(rig.redis.address)]]], to: WorkloadSpec.container)
    ]
    try rig.objects.put([
      "apiVersion": "apps/v1", "kind": "ReplicaSet",
      "metadata": ["name": "set", "namespace": .string(rig.namespace)], "spec": spec,
    ])
    var trigger = rig.trigger("work")
    trigger["metadata", "address"] = nil
    trigger["metadata", "addressFromEnv"] = "REDIS"
    try await rig.apply(
      rig.object(
        "set", ["scaleTargetRef": ["apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "set"]], triggers: [trigger]))
    try await rig.wait(swell, "set", has: 3, kind: "replicasets")
    try await rig.waitUntilReady(swell, "set")
    await swell.stop()
    await rig.stop()
  }
}
