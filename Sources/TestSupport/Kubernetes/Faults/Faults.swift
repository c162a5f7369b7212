internal import Synchronization

/// The faults that are on. Change them at any time.
public final class Faults: Sendable {
  /// Names a fault that was added.
  public struct ID: Hashable, Sendable {
    fileprivate let number: Int
  }

  fileprivate struct State {
    var faults: [(id: Int, fault: Fault)] = []
    var next = 0
    var hits: [Int: Int] = [:]
    var random: UInt64
  }

  private let state: Mutex<State>

  public init(seed: UInt64 = 1) { state = Mutex(State(random: seed)) }

  @discardableResult
  public func add(_ fault: Fault) -> ID {
    state.withLock { state in
      state.next += 1
      state.faults.append((state.next, fault))
      return ID(number: state.next)
    }
  }

  public func remove(_ id: ID) { state.withLock { $0.faults.removeAll { $0.id == id.number } } }

  public func removeAll() { state.withLock { $0.faults = [] } }

  /// How many requests a fault has hit.
  public func hits(_ id: ID) -> Int { state.withLock { $0.hits[id.number] ?? 0 } }

  /// The faults that hit this request, in the order in which they were added.
  func draw(_ target: Fault.Target) -> [Fault.Effect] {
    state.withLock { state in
      var effects: [Fault.Effect] = []
      for index in state.faults.indices {
        let (id, fault) = state.faults[index]
        if fault.count == 0 || !fault.effect.concerns(target.verb) || !fault.matches(target) { continue }
        if fault.probability < 1, state.draw() >= fault.probability { continue }
        if let count = fault.count { state.faults[index].fault.count = count - 1 }
        state.hits[id, default: 0] += 1
        effects.append(fault.effect)
      }
      return effects
    }
  }
}

extension Fault.Effect {
  /// Whether it can happen to such a request at all; others are not counted as hit.
  fileprivate func concerns(_ verb: String) -> Bool {
    switch self {
    case .conflict: ["update", "patch", "delete"].contains(verb)
    case .cutWatch, .loseWatchEvents: verb == "watch"
    case .stale: verb == "get" || verb == "list"
    default: true
    }
  }
}

extension Faults.State {
  /// SplitMix64, as a number from 0 to below 1.
  fileprivate mutating func draw() -> Double {
    random &+= 0x9E37_79B9_7F4A_7C15
    var z = random
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Double(z >> 11) / Double(1 << 53)
  }
}
