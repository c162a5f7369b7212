internal import Admission
internal import KubernetesAPI
internal import Polling
internal import TestSupport
internal import Testing

/// Rules that look at the cluster, where `validation.json` does not go: facts that cannot be learned, several findings,
/// names that the API server is yet to make.
@Suite struct ClusterRulesTests {
  static let cpu = Reviews.trigger("cpu", ["value": "60"], ["metricType": "Utilization"])

  static func workload(_ containers: [Container]) -> Workload {
    Workload(
      apiVersion: "apps/v1", kind: "Deployment", metadata: ObjectMeta(name: "orders-api", namespace: "prod"),
      spec: WorkloadSpec(template: PodTemplate(spec: PodSpec(containers: containers))))
  }

  static func autoscaler(_ name: String) -> HorizontalPodAutoscaler {
    HorizontalPodAutoscaler(
      metadata: ObjectMeta(name: name, namespace: "prod"),
      spec: HPASpec(
        scaleTargetRef: CrossVersionObjectReference(apiVersion: "apps/v1", kind: "Deployment", name: "orders-api"),
        minReplicas: 1, maxReplicas: 3, metrics: []))
  }

  @Test func whatCannotBeLearnedIsNotRefused() async throws {
    let cluster = FakeCluster { $0.failure = AdmissionFactError("the API server is away") }
    let object = Reviews.scaledObject([
      "triggers": [Reviews.redisStreams, Self.cpu],
      "scaleTargetRef": ["name": "orders-api", "kind": "StatefulSet"],
    ])
    let answer = try await Reviews.create(object, in: cluster)
    #expect(answer.allowed)
    let warnings = answer.warnings ?? []
    for what in ["other ScaledObjects", "HPAs of the same workload", "the requests of cpu and memory triggers"] {
      #expect(warnings.contains { $0.contains(what) && $0.hasSuffix("the API server is away") }, "\(warnings)")
    }
    // The object's own mistakes are refused nevertheless.
    let bad = try await Reviews.create(Reviews.scaledObject(["minReplicaCount": 5, "maxReplicaCount": 1]), in: cluster)
    #expect(bad.status?.words == "MinReplicaCount=5 must be less than MaxReplicaCount=1")
  }

  @Test func factsThatDoNotComeAreNotWaitedForForever() async throws {
    let time = ManualTime()
    let responder = Reviews.responder(FakeCluster { $0.hangs = true }, time: time)
    let request = AdmissionRequest(
      uid: "1", operation: .create, namespace: "prod", object: Reviews.scaledObject(["minReplicaCount": -1]))
    async let pending = Reviews.send(request, to: responder)
    try await eventually("both lists are waited for") { time.sleeperCount >= 2 }
    time.advance(by: .seconds(5))
    let answer = try await pending
    #expect(answer.allowed)
    #expect(answer.warnings?.contains { $0.hasSuffix("the answer did not come in time") } == true)
    #expect(time.sleeperCount == 0)
  }

  @Test func everyOtherOwnerIsTold() async throws {
    let cluster = FakeCluster { state in
      state.autoscalers = ["b", "a"].map(Self.autoscaler)
      var exempt = Self.autoscaler("c")
      exempt.metadata.annotations = [ScaledObject.AnnotationKey.validateHPAOwnership: "false"]
      state.autoscalers.append(exempt)
      state.scaledObjects = ["other", "orders"].map { name in
        ScaledObject(
          metadata: ObjectMeta(name: name, namespace: "prod"),
          spec: ScaledObjectSpec(scaleTargetRef: ScaleTarget(name: "orders-api"), triggers: []))
      }
    }
    let answer = try await Reviews.create(Reviews.scaledObject(), in: cluster)
    let kind = "of type 'apps/v1.Deployment' is already managed by the"
    #expect(
      answer.status?.words == """
        the workload 'orders-api' \(kind) ScaledObject 'other'
        the workload 'orders-api' \(kind) hpa 'a'
        the workload 'orders-api' \(kind) hpa 'b'
        """)
  }

  /// An object that names a kind which nobody knows stops nobody else in its namespace.
  @Test func unknownKindsOfOthersAreNoReasonToRefuse() async throws {
    let widget = JSONValue.object(["name": "orders-api", "apiVersion": "example.com/v1", "kind": "Widget"])
    let cluster = FakeCluster { state in
      state.scaledObjects = [
        ScaledObject(
          metadata: ObjectMeta(name: "a", namespace: "prod"),
          spec: ScaledObjectSpec(
            scaleTargetRef: ScaleTarget(name: "orders-api", apiVersion: "example.com/v1", kind: "Widget"), triggers: [])
        )
      ]
      for version in ["example.com/v1", "a/b/c"] {
        var hpa = Self.autoscaler("of-\(version)")
        hpa.spec.scaleTargetRef.apiVersion = version
        hpa.spec.scaleTargetRef.kind = "Widget"
        state.autoscalers.append(hpa)
      }
    }
    let answer = try await Reviews.create(Reviews.scaledObject(), in: cluster)
    #expect(answer.allowed && answer.warnings == nil, "\(answer)")
    // The object's own is.
    let own = try await Reviews.create(
      Reviews.scaledObject(name: "own", ["scaleTargetRef": widget]), in: FakeCluster())
    #expect(own.status?.words == "no matches for kind \"Widget\" in version \"example.com/v1\"")
  }

  @Test func takingOverNamesTheHPA() async throws {
    let cluster = FakeCluster { $0.autoscalers = [Self.autoscaler("a")] }
    let metadata: [String: JSONValue] = ["annotations": ["scaledobject.keda.sh/transfer-hpa-ownership": "true"]]
    let named = Reviews.scaledObject(
      metadata: metadata, ["advanced": ["horizontalPodAutoscalerConfig": ["name": "a"]]])
    #expect(try await Reviews.create(named, in: cluster).allowed)
    let unnamed = try await Reviews.create(Reviews.scaledObject(metadata: metadata), in: cluster)
    #expect(unnamed.status?.message?.contains("must be specified by name in advanced settings") == true)
  }

  @Test func everyContainerWithoutARequestIsToldOnce() async throws {
    let cluster = FakeCluster { state in
      state.workloads = [
        Self.workload([
          Container(name: "a"), Container(name: "b", resources: ResourceRequirements(limits: ["cpu": Quantity(1)])),
          Container(name: "c", resources: ResourceRequirements(requests: ["cpu": Quantity(0)])),
        ])
      ]
    }
    let object = Reviews.scaledObject(["triggers": [Self.cpu, Self.cpu, Reviews.redisStreams], "minReplicaCount": 1])
    let answer = try await Reviews.create(object, in: cluster)
    #expect(
      answer.status?.words == """
        the scaledobject has a cpu trigger but the container a doesn't have the cpu request defined
        the scaledobject has a cpu trigger but the container c doesn't have the cpu request defined
        """)
    #expect(try await Reviews.create(object, in: cluster, dryRun: true).allowed)
    let custom = Reviews.scaledObject([
      "triggers": [Self.cpu], "minReplicaCount": 0,
      "scaleTargetRef": ["name": "orders-api", "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"],
    ])
    #expect(try await Reviews.create(custom, in: cluster).allowed)
  }

  @Test func aGeneratedNameIsMeasuredAsItWillBe() async throws {
    func object(_ prefix: String) -> JSONValue {
      [
        "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": ["generateName": .string(prefix)],
        "spec": ["scaleTargetRef": ["name": "orders-api"], "triggers": [Reviews.redisStreams]],
      ]
    }
    #expect(try await Reviews.create(object(String(repeating: "a", count: 49))).allowed)
    #expect(try await !Reviews.create(object(String(repeating: "a", count: 50))).allowed)
  }
}
