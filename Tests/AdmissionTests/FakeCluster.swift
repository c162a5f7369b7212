internal import Admission
internal import Engine
internal import KubernetesAPI
internal import Synchronization

/// A cluster that is whatever a test says, or of which nothing can be learned.
final class FakeCluster: AdmissionFacts, ConfigurationObjects {
  struct State {
    var scaledObjects: [ScaledObject] = []
    var autoscalers: [HorizontalPodAutoscaler] = []
    var limitRanges: [LimitRange] = []
    var workloads: [Workload] = []
    var kinds: Set<String> = ["argoproj.io/v1alpha1.Rollout"]
    var authentications: [TriggerAuthentication] = []
    var secrets: [Secret] = []
    var failure: AdmissionFactError?
    /// Never answers.
    var hangs = false
  }

  private let state: Mutex<State>

  init(_ change: (inout State) -> Void = { _ in }) {
    var initial = State()
    change(&initial)
    state = Mutex(initial)
  }

  private func read<Value: Sendable>(_ path: @Sendable (State) -> Value) async throws(AdmissionFactError) -> Value {
    let now = state.withLock { $0 }
    if now.hangs { await Self.hang() }
    if let failure = now.failure { throw failure }
    return path(now)
  }

  /// Until cancelled, as a request that gets no answer.
  private static func hang() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    continuation.finish()
  }

  func scaledObjects(in namespace: String) async throws(AdmissionFactError) -> [ScaledObject] {
    try await read { $0.scaledObjects }
  }

  func horizontalPodAutoscalers(
    in namespace: String
  ) async throws(AdmissionFactError) -> [HorizontalPodAutoscaler] {
    try await read { $0.autoscalers }
  }

  func limitRanges(in namespace: String) async throws(AdmissionFactError) -> [LimitRange] {
    try await read { $0.limitRanges }
  }

  func workload(_ target: TargetReference) async throws(AdmissionFactError) -> Workload? {
    try await read { state in
      state.workloads.first { $0.kind == target.kind && $0.metadata.name == target.name }
    }
  }

  func isKnown(apiVersion: String, kind: String) async throws(AdmissionFactError) -> Bool {
    try await read { $0.kinds.contains("\(apiVersion).\(kind)") }
  }

  func configuration(for object: ScaledObject) async -> any ConfigurationObjects { self }

  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? {
    state.withLock { $0.authentications.first { $0.metadata.name == name } }
  }
  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? { nil }
  func secret(_ name: String, namespace: String) -> Secret? {
    state.withLock { $0.secrets.first { $0.metadata.name == name } }
  }
  func configMap(_ name: String, namespace: String) -> ConfigMap? { nil }
  func workload(_ target: TargetReference) -> Workload? {
    state.withLock { $0.workloads.first { $0.kind == target.kind && $0.metadata.name == target.name } }
  }
}
