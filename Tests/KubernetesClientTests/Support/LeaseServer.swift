internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport

@testable internal import KubernetesClient

/// A server that holds one Lease, with resource versions as the lock.
final class LeaseServer: Sendable {
  struct State {
    var lease: Lease?
    var version = 100
    /// Every request is answered with 500.
    var isDown = false
    var writes: [String] = []
  }

  let state = Mutex(State())

  var lease: Lease? { state.withLock(\.lease) }
  var holder: String? { lease?.spec?.holderIdentity }

  /// - Parameter before: what is answered instead; nil for what the server has.
  func serve(
    _ before: @escaping @Sendable (ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply? = { _ in nil }
  ) throws -> ScriptedHTTPServer {
    try ScriptedHTTPServer { [self] in before($0) ?? reply($0) }
  }

  func reply(_ request: ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply {
    state.withLock { state in
      if state.isDown { return .answer(status: 500, body: Wire.status(500, "InternalError", "etcd is away")) }
      switch request.method {
      case "GET":
        guard let lease = state.lease else { return .answer(status: 404, body: Wire.status(404, "NotFound", "none")) }
        return Self.answer(lease)
      case "POST", "PUT":
        guard var lease = try? JSONDecoder().decode(Lease.self, from: Data(request.body.utf8)) else {
          return .answer(status: 422, body: Wire.status(422, "Invalid", "no lease"))
        }
        if request.method == "POST", state.lease != nil {
          return .answer(status: 409, body: Wire.status(409, "AlreadyExists", "there is one"))
        }
        if request.method == "PUT", lease.metadata.resourceVersion != state.lease?.metadata.resourceVersion {
          return .answer(status: 409, body: Wire.status(409, "Conflict", "it was modified"))
        }
        state.version += 1
        lease.metadata.resourceVersion = "\(state.version)"
        state.lease = lease
        state.writes.append(lease.spec?.holderIdentity ?? "")
        return Self.answer(lease)
      default: return .answer(status: 405)
      }
    }
  }

  private static func answer(_ lease: Lease) -> ScriptedHTTPServer.Reply {
    .answer(status: 200, body: (try? JSONEncoder().encode(lease)).map { String(decoding: $0, as: UTF8.self) } ?? "")
  }
}

/// One replica in the election.
final class Replica: Sendable {
  let election: LeaderElection
  let changes = Collected<Bool>()
  let client: KubernetesClient
  let task: Task<Void, Never>

  init(_ name: String, _ server: ScriptedHTTPServer, _ time: ManualTime) throws {
    client = try server.client(time: time)
    let election = LeaderElection(
      client, .init(namespace: "swell-system", identity: name), time: time, random: { 1 })
    self.election = election
    let changes = changes
    task = Task { await election.run { changes.add($0) } }
  }

  func stop() async {
    task.cancel()
    await task.value
    await client.shutdown()
  }
}
