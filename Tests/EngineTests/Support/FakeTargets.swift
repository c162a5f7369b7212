import Engine
import Synchronization
import TestSupport

/// Scale targets that do what the test says, and remember what was written.
final class FakeTargets: ScaleTargets {
  struct Write: Hashable {
    var target: TargetReference
    var replicas: Int32
  }

  private struct State {
    var replicas: [TargetReference: Int32] = [:]
    var writes: [Write] = []
    var attempts = 0
    var readError: ScaleTargetError?
    var writeError: ScaleTargetError?
    /// What somebody else sets a target to before the next write.
    var overtaking: [TargetReference: Int32] = [:]
    /// Targets that do not answer until they are taken out of here.
    var hanging: Set<TargetReference> = []
    /// Those of them that somebody waits for.
    var held: Set<TargetReference> = []
  }

  private let state = Mutex(State())

  subscript(target: TargetReference) -> Int32? {
    get { state.withLock { $0.replicas[target] } }
    set { state.withLock { $0.replicas[target] = newValue } }
  }

  var writes: [Write] { state.withLock { $0.writes } }
  /// Writes that were tried, failed ones included.
  var attempts: Int { state.withLock { $0.attempts } }

  func failReads(with error: ScaleTargetError?) { state.withLock { $0.readError = error } }
  func failWrites(with error: ScaleTargetError?) { state.withLock { $0.writeError = error } }
  func overtake(_ target: TargetReference, with replicas: Int32) {
    state.withLock { $0.overtaking[target] = replicas }
  }
  func hang(_ target: TargetReference) { state.withLock { _ = $0.hanging.insert(target) } }
  /// Whether somebody has asked a target that hangs.
  func isHeld(_ target: TargetReference) -> Bool { state.withLock { $0.held.contains(target) } }
  func release(_ target: TargetReference) { state.withLock { _ = $0.hanging.remove(target) } }

  func state(of target: TargetReference) async throws(ScaleTargetError) -> TargetState {
    let hangs = state.withLock { state in
      if state.hanging.contains(target) { state.held.insert(target) }
      return state.hanging.contains(target)
    }
    if hangs {
      try? await eventually("the target answers") {
        Task.isCancelled || !state.withLock { $0.hanging.contains(target) }
      }
    }
    let (replicas, error) = state.withLock { ($0.replicas[target], $0.readError) }
    if let error { throw error }
    guard let replicas else { throw ScaleTargetError("\(target) does not exist") }
    return TargetState(specReplicas: replicas, statusReplicas: replicas, readyReplicas: replicas)
  }

  func scale(_ target: TargetReference, from current: Int32?, to replicas: Int32) async throws(ScaleTargetError) {
    let error = state.withLock { state -> ScaleTargetError? in
      state.attempts += 1
      if let error = state.writeError { return error }
      if let replicas = state.overtaking.removeValue(forKey: target) {
        state.replicas[target] = replicas
        return ScaleTargetError("somebody else was faster", code: .overtaken)
      }
      state.replicas[target] = replicas
      state.writes.append(Write(target: target, replicas: replicas))
      return nil
    }
    if let error { throw error }
  }
}
