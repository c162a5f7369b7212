public import Engine
internal import KubernetesAPI
public import Polling
internal import Synchronization

/// Workloads that exist only here: a pod is ready `podStart` after it was asked for, and gone at once when it is not
/// wanted any more. The youngest go first.
public final class SimulatedTargets: ScaleTargets {
  private let time: any TimeSource
  private let podStart: Duration
  private let workloads = Mutex<[TargetReference: Workload]>([:])

  /// - Parameter podStart: how long a pod takes to become ready.
  public init(time: any TimeSource, podStart: Duration) {
    self.time = time
    self.podStart = podStart
  }

  /// Adds a workload; one that is there already keeps its replicas.
  public func add(_ target: TargetReference, replicas: Int32) {
    workloads.withLock { workloads in
      guard workloads[target] == nil else { return }
      // The pods of a workload that was there before Swell have started long ago.
      workloads[target] = Workload(pods: [PodGroup(count: max(0, replicas), readyAt: time.now())])
    }
  }

  public func remove(_ target: TargetReference) {
    workloads.withLock { $0[target] = nil }
  }

  public func state(of target: TargetReference) async throws(ScaleTargetError) -> TargetState {
    let now = time.now()
    guard let workload = workloads.withLock({ $0[target] }) else { throw Self.missing(target) }
    let count = workload.count
    return TargetState(specReplicas: count, statusReplicas: count, readyReplicas: workload.ready(at: now))
  }

  public func scale(
    _ target: TargetReference, from current: Int32?, to replicas: Int32
  ) async throws(ScaleTargetError) {
    let readyAt = time.now() + podStart
    let exists = workloads.withLock { workloads in
      workloads[target]?.scale(to: max(0, replicas), readyAt: readyAt) != nil
    }
    guard exists else { throw Self.missing(target) }
  }

  private static func missing(_ target: TargetReference) -> ScaleTargetError {
    ScaleTargetError("\(target) does not exist: add its manifest, or correct spec.scaleTargetRef")
  }
}

/// Pods that were asked for together.
private struct PodGroup {
  var count: Int32
  var readyAt: Timestamp
}

private struct Workload {
  var pods: [PodGroup]

  var count: Int32 { pods.reduce(0) { $0.addingSaturating($1.count) } }

  func ready(at now: Timestamp) -> Int32 {
    pods.reduce(0) { $1.readyAt <= now ? $0.addingSaturating($1.count) : $0 }
  }

  mutating func scale(to replicas: Int32, readyAt: Timestamp) {
    var surplus = count.subtractingSaturating(replicas)
    if surplus < 0 { pods.append(PodGroup(count: 0 - surplus, readyAt: readyAt)) }
    while surplus > 0, var last = pods.popLast() {
      let removed = min(surplus, last.count)
      last.count -= removed
      surplus -= removed
      if last.count > 0 { pods.append(last) }
    }
  }
}
