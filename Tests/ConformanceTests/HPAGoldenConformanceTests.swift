internal import Autoscaling
internal import Engine
internal import KubernetesAPI
internal import TestSupport
internal import Testing
internal import Triggers

/// `hpa-golden.json`: what KEDA and a Kubernetes API server made of whole ScaledObjects.
@Suite("HPA golden Conformance")
struct HPAGoldenConformanceTests {
  static let file = "hpa-golden.json"
  /// The version that the recording's label shows.
  static let version = "main"

  @Test func everySupportedObjectIsAsRecorded() throws {
    let cases = try ConformanceCases.load(Self.file)
    let supported = try cases.filter { try !Self.belongsToLaterWork($0) }
    for item in supported {
      let object = try item.input.decoded(as: ScaledObject.self)
      for mismatch in try Self.mismatches(object, item) { Issue.record("\(item.id): \(mismatch)") }
    }
    guard !ConformanceCases.isForeignDirectory else { return }
    #expect((cases.count, supported.count) == (40, 32))
  }

  /// What cannot be carried out yet is refused with the field's name, never ignored; the HPA that it will own is known.
  @Test func everyOtherObjectIsRefusedByName() throws {
    let cases = try ConformanceCases.load(Self.file).filter(Self.belongsToLaterWork)
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 8) }
    for item in cases {
      let object = try item.input.decoded(as: ScaledObject.self)
      let outcome = Self.plan(object)
      #expect(outcome.plan == nil, "\(item.id)")
      let fields = Set(outcome.errors.map(\.field))
      if object.spec.usesScalingModifiers {
        #expect(fields.contains("spec.advanced.scalingModifiers"), "\(item.id): \(fields)")
      } else {
        let types = object.spec.triggers.enumerated().filter { !TriggerTypes.names.contains($0.element.type) }
        #expect(fields.isSuperset(of: types.map { "spec.triggers[\($0.offset)].type" }), "\(item.id): \(fields)")
      }
      guard let recorded = try Recorded(item), let hpa = recorded.hpa else { continue }
      // Types without a parser: their recorded metrics, so that at least the object around them is checked.
      let metrics =
        object.spec.usesScalingModifiers ? outcome.triggers.map(\.metric) : hpa.spec.metrics.map(\.withoutSelector)
      var labelled = object
      labelled.metadata.labels = (object.metadata.labels ?? [:]).merging([ScaledObject.nameLabel: object.metadata.name])
      {
        $1
      }
      let built = try HPABuilder(version: Self.version).build(
        for: labelled, target: Self.target(of: object), metrics: metrics)
      for mismatch in Self.differences(built.hpa, hpa) { Issue.record("\(item.id): \(mismatch)") }
    }
  }

  /// Trigger types of KEDA without a parser here, and formulas. A type that KEDA refuses, too, is nobody's.
  static func belongsToLaterWork(_ item: ConformanceCases.Case) throws -> Bool {
    let object = try item.input.decoded(as: ScaledObject.self)
    if object.spec.usesScalingModifiers { return true }
    return try Recorded(item)?.isRefused != true
      && object.spec.triggers.contains { !TriggerTypes.names.contains($0.type) }
  }

  // MARK: One case

  static func mismatches(_ object: ScaledObject, _ item: ConformanceCases.Case) throws -> [String] {
    guard let recorded = try Recorded(item) else { return ["the case lacks an expectation"] }
    let outcome = plan(object)
    guard let plan = outcome.plan else {
      return recorded.isRefused ? [] : ["refused (\(outcome.errors)), recorded accepted"]
    }
    if recorded.isRefused { return ["accepted, recorded refused"] }

    var found: [String] = []
    if plan.scaling.pause.hpaExists != (recorded.hpa != nil) {
      found.append("an HPA: \(plan.scaling.pause.hpaExists), recorded the opposite")
    }
    if let hpa = recorded.hpa {
      found += differences(plan.hpa, hpa)
      found += statusDifferences(plan, item)
    }
    return found + conditionDifferences(plan, recorded)
  }

  static func plan(_ object: ScaledObject) -> ObjectPlanner.Outcome {
    // As in a cluster, where objects may have come in past the webhook (none ran when these were recorded).
    ObjectPlanner(objects: NoObjects(), version: version, clusterNamespace: "keda", holdsToWebhookRules: false)
      .plan(object, now: now)
  }

  static let now = Timestamp(seconds: 1_767_225_600)

  private static func target(of object: ScaledObject) -> GroupVersionKindResource {
    GroupVersionKindResource(group: "apps", version: "v1", kind: object.spec.scaleTargetRef.effectiveKind, resource: "")
  }

  /// Metadata without the owner's uid, and the spec as the API server stores it, defaults of a behavior filled in.
  private static func differences(_ own: HorizontalPodAutoscaler, _ other: HorizontalPodAutoscaler) -> [String] {
    var found: [String] = []
    func check<T: Equatable>(_ field: String, _ own: T, _ other: T) {
      if own != other { found.append("\(field): \(own), recorded \(other)") }
    }
    check("name", own.metadata.name, other.metadata.name)
    check("labels", own.metadata.labels, other.metadata.labels)
    check("annotations", own.metadata.annotations, other.metadata.annotations)
    check("owners", own.metadata.ownerReferences, other.metadata.ownerReferences)
    check("target", own.spec.scaleTargetRef, other.spec.scaleTargetRef)
    check("minReplicas", own.spec.minReplicas, other.spec.minReplicas)
    check("maxReplicas", own.spec.maxReplicas, other.spec.maxReplicas)
    check("metrics", own.spec.metrics, other.spec.metrics)
    func behavior(_ spec: HPASpec) -> HPABehavior? { HPAAlgorithm(HPAConfiguration(spec)).effectiveBehavior }
    check("behavior", behavior(own.spec), behavior(other.spec))
    return found
  }

  private static func statusDifferences(_ plan: ObjectPlan, _ item: ConformanceCases.Case) -> [String] {
    let status = item.expect["status"]
    func names(_ list: [String]) -> JSONValue? { list.isEmpty ? nil : .array(list.map { .string($0) }) }
    let own: [String: JSONValue?] = [
      "externalMetricNames": names(plan.scaling.metrics.map(\.name)),
      "resourceMetricNames": names(plan.triggers.compactMap { $0.metric.resource?.name }),
      "scaleTargetKind": .string("\(plan.target.apiVersion).\(plan.target.kind)"),
      "triggersTypes": .string(typesOnce(plan).joined(separator: ",")),
      "hpaName": .string(plan.hpa.metadata.name),
    ]
    return own.sorted { $0.key < $1.key }.compactMap { field, value in
      let other = status?[field]
      return value == other ? nil : "\(field): \(String(describing: value)), recorded \(String(describing: other))"
    }
  }

  private static func typesOnce(_ plan: ObjectPlan) -> [String] {
    plan.triggers.map(\.type).reduce(into: []) { types, type in if !types.contains(type) { types.append(type) } }
  }

  /// Gives each trigger a reading as the recording saw it, and compares what follows for the status.
  private static func conditionDifferences(_ plan: ObjectPlan, _ recorded: Recorded) -> [String] {
    let fails = recorded.conditions.contains { $0.reason == "TriggerError" }
    let readings = plan.scaling.metrics.map { metric in
      let isActive = recorded.activity[metric.name] ?? false
      let value = isActive ? metric.activationThreshold + 1 : metric.activationThreshold
      return Reading(
        fails ? .unknown(UnknownReason(code: "refusedByServer", message: "no such key")) : .value(Measurement(value)),
        observedAt: now)
    }
    let evaluation = ScaledObjectEvaluation(
      of: plan.scaling, readings: readings,
      state: ScalingState(createdAt: now, replicas: .known(recorded.replicas)), now: now + .seconds(100))
    // HPAActive is the HPA's own, and Paused without a reason is only the initial value. While an object is paused its
    // other conditions are what they were before.
    var own = evaluation.conditions
    if let paused = PausePlan(plan.scaling.pause, wasPaused: false, currentReplicas: nil).condition {
      own = own.filter { $0.type != "Paused" } + [paused]
    }
    let compared =
      plan.scaling.pause.isFullyPaused ? ["Fallback", "Paused"] : ["Ready", "Active", "Fallback", "Paused"]
    return compared.compactMap { type in
      let mine = own.first { $0.type == type }
      let other = recorded.conditions.first { $0.type == type && $0.reason != nil }
      return mine == other ? nil : "\(type): \(String(describing: mine)), recorded \(String(describing: other))"
    }
  }
}

/// The expectation of one case.
private struct Recorded {
  var hpa: HorizontalPodAutoscaler?
  var conditions: [Condition]
  /// By metric.
  var activity: [String: Bool]
  var replicas: Int32
  /// By the API server, or by KEDA's own check of the object.
  var isRefused: Bool

  init?(_ item: ConformanceCases.Case) throws {
    guard let status = item.expect["status"] else { return nil }
    hpa = try item.expect["hpa"].flatMap(Self.hpa)
    conditions = try status["conditions"]?.decoded(as: [Condition].self) ?? []
    activity = (status["triggersActivity"]?.object ?? [:]).mapValues { $0["isActive"]?.bool ?? false }
    replicas = Int32(clamping: item.expect["targetReplicasAfter100s"]?.integer ?? 0)
    isRefused =
      !(item.expect["apiError"]?.isNull ?? true) || conditions.contains { $0.reason == "ScaledObjectCheckFailed" }
  }

  /// The recording has one owner, without its uid.
  private static func hpa(_ recorded: JSONValue) throws -> HorizontalPodAutoscaler? {
    guard let metadata = recorded["metadata"], let spec = recorded["spec"] else { return nil }
    let owner = metadata["ownerReference"]
    func text(_ key: String) -> String { owner?[key]?.string ?? "" }
    func strings(_ key: String) throws -> [String: String]? {
      guard let map = metadata[key], !map.isNull else { return nil }
      return try map.decoded(as: [String: String].self)
    }
    return HorizontalPodAutoscaler(
      metadata: ObjectMeta(
        name: metadata["name"]?.string ?? "", labels: try strings("labels"), annotations: try strings("annotations"),
        ownerReferences: [
          OwnerReference(
            apiVersion: text("apiVersion"), kind: text("kind"), name: text("name"), uid: "",
            controller: owner?["controller"]?.bool, blockOwnerDeletion: owner?["blockOwnerDeletion"]?.bool)
        ]),
      spec: try spec.decoded(as: HPASpec.self))
  }
}

extension HPAMetricSpec {
  fileprivate var withoutSelector: HPAMetricSpec {
    var spec = self
    spec.external?.metric.selector = nil
    return spec
  }
}

/// The recorded objects refer to none.
private struct NoObjects: ConfigurationObjects {
  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? { nil }
  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? { nil }
  func secret(_ name: String, namespace: String) -> Secret? { nil }
  func configMap(_ name: String, namespace: String) -> ConfigMap? { nil }
  func workload(_ target: TargetReference) -> Workload? { nil }
}
