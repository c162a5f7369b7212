internal import Synchronization

/// Lets a bounded number of requests out at the same time; the others wait and go out by priority, first come first
/// served within one. Urgent requests have places that the others may not take, so that slow lists cannot hold up a
/// workload.
final class RequestGate: Sendable {
  private struct State {
    var underWay = 0
    var nextID: UInt64 = 0
    var queues = RequestPriority.allCases.map { _ in WaitingLine() }
    var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
  }

  /// Places that requests of a priority may take.
  private let limits: [Int]
  private let state = Mutex(State())

  /// - Parameter limit: requests under way at the same time. Of 64, the background may have 48, status 52, and
  ///   reconciliation 56.
  init(limit: Int = 64) {
    let reserve = max(limit / 16, 0)
    limits = RequestPriority.allCases.map {
      max(1, $0 == .actuation ? limit : limit - reserve * (1 + $0.rawValue))
    }
  }

  var underWay: Int { state.withLock(\.underWay) }
  var waiting: Int { state.withLock(\.waiters.count) }

  /// Returns when the request may go out; `leave` must follow. False when the task was cancelled before that.
  func enter(_ priority: RequestPriority) async -> Bool {
    let id = state.withLock { state -> UInt64 in
      state.nextID &+= 1
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isIn = state.withLock { state -> Bool? in
          if Task.isCancelled { return false }
          if state.underWay < limits[priority.rawValue], state.queues[...priority.rawValue].allSatisfy(\.isEmpty) {
            state.underWay += 1
            return true
          }
          state.waiters[id] = continuation
          state.queues[priority.rawValue].append(id)
          return nil
        }
        if let isIn { continuation.resume(returning: isIn) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        for index in state.queues.indices { state.queues[index].remove(id) }
        return state.waiters.removeValue(forKey: id)
      }
      waiter?.resume(returning: false)
    }
  }

  func leave() {
    let admitted = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
      state.underWay -= 1
      var admitted: [CheckedContinuation<Bool, Never>] = []
      for priority in state.queues.indices {
        while state.underWay < limits[priority], let id = state.queues[priority].removeFirst() {
          guard let waiter = state.waiters.removeValue(forKey: id) else { continue }
          state.underWay += 1
          admitted.append(waiter)
        }
      }
      return admitted
    }
    for waiter in admitted { waiter.resume(returning: true) }
  }
}

/// Numbers in the order of their coming; those that give up are forgotten where they stand.
private struct WaitingLine {
  private var line: [UInt64] = []
  private var first = 0
  private var present: Set<UInt64> = []

  var isEmpty: Bool { present.isEmpty }

  mutating func append(_ id: UInt64) {
    line.append(id)
    present.insert(id)
  }

  mutating func remove(_ id: UInt64) { present.remove(id) }

  mutating func removeFirst() -> UInt64? {
    while first < line.count {
      let id = line[first]
      first += 1
      if first > 64, first * 2 > line.count {
        line.removeFirst(first)
        first = 0
      }
      if present.remove(id) != nil { return id }
    }
    return nil
  }
}
