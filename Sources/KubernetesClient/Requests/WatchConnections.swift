internal import AsyncHTTPClient
internal import Synchronization

/// Connections for watches, apart from those of requests. Each pool holds at most 64 streams, because servers limit
/// how many share an HTTP/2 connection (Kubernetes: 100 and more), and a stream beyond that would wait for ever.
final class WatchConnections: Sendable {
  static let streamsPerConnection = 64

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

  private let make: @Sendable () -> HTTPClient
  private let state = Mutex(State())

  init(_ make: @escaping @Sendable () -> HTTPClient) {
    self.make = make
  }

  var open: Int { state.withLock { $0.pools.values.reduce(0) { $0 + $1.streams } } }

  /// A place for one stream; nil after `shutdown`.
  func borrow() -> (id: Int, client: HTTPClient)? {
    state.withLock { state in
      guard !state.isShutDown else { return nil }
      let free = state.pools.filter { !$0.value.isRetired && $0.value.streams < Self.streamsPerConnection }
      if let id = free.keys.min(), let client = state.pools[id]?.client {
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
      guard pool.streams == 0, pool.isRetired || state.pools.count > 1 else { return nil }
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
