internal import AsyncHTTPClient
internal import Synchronization

/// Connections of one use, in pools. One whose server fell silent gets nothing new: its other connections may lead to
/// the same nowhere.
final class ConnectionPools: Sendable {
  /// How many watches share a connection: servers limit it (Kubernetes: 100 and more), and a stream beyond that would
  /// wait for ever.
  static let watchesPerConnection = 64

  private struct Pool {
    var client: HTTPClient
    var streams = 0
    /// Gets no new streams.
    var isRetired = false
  }

  private struct State {
    var pools: [Int: Pool] = [:]
    var nextID = 0
    var isShutDown = false
  }

  private let streamsPerPool: Int
  private let make: @Sendable () -> HTTPClient
  private let state = Mutex(State())

  init(streamsPerPool: Int, _ make: @escaping @Sendable () -> HTTPClient) {
    self.streamsPerPool = streamsPerPool
    self.make = make
  }

  /// Streams under way.
  var open: Int { state.withLock { $0.pools.values.reduce(0) { $0 + $1.streams } } }

  /// A place for one stream; nil after `shutdown`.
  func borrow() -> (id: Int, client: HTTPClient)? {
    state.withLock { state in
      guard !state.isShutDown else { return nil }
      let free = state.pools.lazy.filter { !$0.value.isRetired && $0.value.streams < self.streamsPerPool }
      if let id = free.map(\.key).min(), let client = state.pools[id]?.client {
        state.pools[id]?.streams += 1
        return (id, client)
      }
      let id = state.nextID
      state.nextID += 1
      let client = make()
      state.pools[id] = Pool(client: client, streams: 1)
      return (id, client)
    }
  }

  /// - Parameter isSuspect: the server fell silent, so that new streams had better use another connection.
  func giveBack(_ id: Int, isSuspect: Bool) {
    let finished = state.withLock { state -> HTTPClient? in
      guard var pool = state.pools[id] else { return nil }
      pool.streams -= 1
      pool.isRetired = pool.isRetired || isSuspect
      state.pools[id] = pool
      let isOneOfMany = state.pools.values.count { !$0.isRetired } > 1
      guard pool.streams <= 0, pool.isRetired || isOneOfMany else { return nil }
      state.pools[id] = nil
      return pool.client
    }
    finished?.shutdown { _ in }
  }

  func shutdown() async {
    for client in close() { try? await client.shutdown() }
  }

  func abandon() {
    for client in close() { client.shutdown { _ in } }
  }

  private func close() -> [HTTPClient] {
    state.withLock { state in
      state.isShutDown = true
      defer { state.pools = [:] }
      return state.pools.values.map(\.client)
    }
  }
}
