internal import Synchronization

/// Lets a bounded number of requests out at the same time; the others wait and go out by priority, first come first
/// served within one. Urgent requests have places that the others may not take, so that slow lists cannot hold up a
/// workload; and reviews, which strangers cause, never have more than three of eight places.
final class RequestGate: Sendable {
  private struct State {
    var underWay = 0
    var reviews = 0
    var nextID: UInt64 = 0
    var queues = RequestPriority.allCases.map { _ in WaitingLine() }
    var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
  }

  /// Places that requests of a priority may take.
  private let limits: [Int]
  private let mostReviews: Int
  private let state = Mutex(State())

  /// - Parameter limit: requests under way at the same time. Of 64, the background may have 48, status 52,
  ///   reconciliation 56, and reviews 60, but never more than 24 of them at once.
  init(limit: Int = 64) {
    let reserve = max(limit / 16, 0)
    limits = RequestPriority.allCases.map { max(1, limit - reserve * $0.rawValue) }
    mostReviews = max(1, limit / 8 * 3)
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
          if hasRoom(state, priority), !isAnybodyFirst(state, priority) {
            begin(&state, priority)
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

  /// - Parameter priority: that it entered with.
  func leave(_ priority: RequestPriority) {
    let admitted = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
      state.underWay -= 1
      if priority == .review { state.reviews -= 1 }
      var admitted: [CheckedContinuation<Bool, Never>] = []
      for priority in RequestPriority.allCases {
        while hasRoom(state, priority), let id = state.queues[priority.rawValue].removeFirst() {
          guard let waiter = state.waiters.removeValue(forKey: id) else { continue }
          begin(&state, priority)
          admitted.append(waiter)
        }
      }
      return admitted
    }
    for waiter in admitted { waiter.resume(returning: true) }
  }

  private func hasRoom(_ state: borrowing State, _ priority: RequestPriority) -> Bool {
    state.underWay < limits[priority.rawValue] && (priority != .review || state.reviews < mostReviews)
  }

  /// Whether somebody waits who goes before a newcomer. Reviews that wait for other reviews hold up nobody else.
  private func isAnybodyFirst(_ state: borrowing State, _ priority: RequestPriority) -> Bool {
    for other in RequestPriority.allCases where other <= priority && !state.queues[other.rawValue].isEmpty {
      if other == priority || hasRoom(state, other) { return true }
    }
    return false
  }

  private func begin(_ state: inout State, _ priority: RequestPriority) {
    state.underWay += 1
    if priority == .review { state.reviews += 1 }
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
