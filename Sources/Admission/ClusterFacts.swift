internal import Engine
internal import KubernetesAPI
internal import Polling

/// What was learned of the cluster for one review: plain values, each with its own reason when it could not be learned.
struct ClusterFacts: Sendable {
  typealias Fact<Value: Sendable> = Result<Value, AdmissionFactError>

  /// A kind as users write it, with KEDA's defaults filled in.
  struct Kind: Hashable, Sendable {
    var apiVersion: String
    var kind: String

    init(apiVersion: String?, kind: String?) {
      let version = apiVersion ?? ""
      let name = kind ?? ""
      self.apiVersion = version.isEmpty ? "apps/v1" : version
      self.kind = name.isEmpty ? "Deployment" : name
    }

    /// `apps/v1.Deployment`.
    var text: String { "\(apiVersion).\(kind)" }

    /// Kinds that every API server has.
    var isBuiltIn: Bool { apiVersion == "apps/v1" && ["Deployment", "StatefulSet", "ReplicaSet"].contains(kind) }

    /// `group/version` or `version`: one slash at most.
    var hasWellFormedVersion: Bool { apiVersion.utf8.count { $0 == UInt8(ascii: "/") } <= 1 }
  }

  var scaledObjects: Fact<[ScaledObject]>
  var autoscalers: Fact<[HorizontalPodAutoscaler]>
  /// Only where a cpu or memory trigger needs them; nil in a dry run.
  var workload: Fact<Workload?>?
  var limitRanges: Fact<[LimitRange]>?
  /// KEDA's words for a target of a kind that the API server does not have; nil for one that it has.
  var kindProblem: Fact<String?>
  var configuration: any ConfigurationObjects

  /// Asks for everything at once. What has not come by the deadline counts as not to be learned.
  static func learn(
    about object: ScaledObject, needsWorkload: Bool, from facts: any AdmissionFacts,
    deadline: Deadline
  ) async -> ClusterFacts {
    let kind = object.targetKind
    let namespace = object.metadata.namespace ?? "default"
    let target = TargetReference(
      namespace: namespace, apiVersion: kind.apiVersion, kind: kind.kind, name: object.spec.scaleTargetRef.name)
    async let scaledObjects = deadline.fact { () async throws(AdmissionFactError) in
      try await facts.scaledObjects(in: namespace)
    }
    async let autoscalers = deadline.fact { () async throws(AdmissionFactError) in
      try await facts.horizontalPodAutoscalers(in: namespace)
    }
    async let configuration = deadline.fact { () async throws(AdmissionFactError) in
      await facts.configuration(for: object)
    }
    async let kindProblem = problem(of: kind, facts, deadline)
    var result = ClusterFacts(
      scaledObjects: await scaledObjects, autoscalers: await autoscalers, kindProblem: await kindProblem,
      configuration: (try? await configuration.get()) ?? NoConfiguration())
    if needsWorkload {
      async let workload = deadline.fact { () async throws(AdmissionFactError) in try await facts.workload(target) }
      async let limitRanges = deadline.fact { () async throws(AdmissionFactError) in
        try await facts.limitRanges(in: namespace)
      }
      (result.workload, result.limitRanges) = (await workload, await limitRanges)
    }
    return result
  }

  private static func problem(
    of kind: Kind, _ facts: any AdmissionFacts, _ deadline: Deadline
  ) async -> Fact<String?> {
    guard kind.hasWellFormedVersion else {
      return .success("unexpected GroupVersion string: \(shortened(kind.apiVersion, to: 253))")
    }
    if kind.isBuiltIn { return .success(nil) }
    let isKnown = await deadline.fact { () async throws(AdmissionFactError) in
      try await facts.isKnown(apiVersion: kind.apiVersion, kind: kind.kind)
    }
    return isKnown.map { isKnown in
      guard !isKnown else { return nil }
      let (name, version) = (shortened(kind.kind, to: 253), shortened(kind.apiVersion, to: 253))
      return "no matches for kind \"\(name)\" in version \"\(version)\""
    }
  }
}

/// Until when an answer is of use.
struct Deadline: Sendable {
  let time: any TimeSource
  let end: Timestamp

  func fact<Value: Sendable>(
    _ ask: @escaping @Sendable () async throws(AdmissionFactError) -> Value
  ) async -> Result<Value, AdmissionFactError> {
    let late = AdmissionFactError("the answer did not come in time")
    return await withTaskGroup { group in
      group.addTask { () async -> Result<Value, AdmissionFactError> in
        do throws(AdmissionFactError) {
          return .success(try await ask())
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        try? await time.sleep(until: end)
        return .failure(late)
      }
      let first = await group.next() ?? .failure(late)
      group.cancelAll()
      return first
    }
  }
}

/// Nothing can be looked up.
private struct NoConfiguration: ConfigurationObjects {
  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? { nil }
  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? { nil }
  func secret(_ name: String, namespace: String) -> Secret? { nil }
  func configMap(_ name: String, namespace: String) -> ConfigMap? { nil }
  func workload(_ target: TargetReference) -> Workload? { nil }
}

extension ScaledObject {
  var targetKind: ClusterFacts.Kind {
    ClusterFacts.Kind(apiVersion: spec.scaleTargetRef.apiVersion, kind: spec.scaleTargetRef.kind)
  }
}

extension HorizontalPodAutoscaler {
  var targetKind: ClusterFacts.Kind {
    ClusterFacts.Kind(apiVersion: spec.scaleTargetRef.apiVersion, kind: spec.scaleTargetRef.kind)
  }

  /// The annotation takes it out of the check for two owners.
  var isCheckedForOwnership: Bool {
    metadata.annotations?[ScaledObject.AnnotationKey.validateHPAOwnership] != "false"
  }
}
