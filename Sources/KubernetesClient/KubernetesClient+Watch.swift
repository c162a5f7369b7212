internal import AsyncHTTPClient
internal import Foundation
internal import KubernetesAPI
internal import NIOCore
internal import NIOHTTP1
internal import Polling
internal import Synchronization

/// How a watch ended that did not fail.
enum WatchEnd: Sendable {
  /// The server ended it, as it does after a while.
  case byServer
  /// The server should have ended it long ago, or was silent for so long that it may not be there any more.
  case overdue
}

extension KubernetesClient {
  /// How much longer than agreed the server may take to end a watch, and how long to begin one.
  static let watchGrace = Duration.seconds(30)
  /// A watch that told nothing for so long is begun anew on another connection. The server sends a bookmark every
  /// minute; where none comes, the peer may be a load balancer that keeps the connection to a server that is gone. Where
  /// a server sends none at all, this is one request for each list in so long a time.
  static let longestSilence = Duration.seconds(90)

  /// Reads the events of a list from a resource version on, until the server ends the watch.
  /// - Parameters:
  ///   - timeout: after which the server is to end it.
  ///   - onOpen: called when the server has accepted the watch.
  ///   - onLine: called for each event in order; while it runs, nothing more is read. What it throws ends the watch.
  /// - Throws: what `onLine` throws if that is a `KubernetesError`; `gone` when the resource version is too old.
  func watch(
    _ query: ListQuery, from resourceVersion: String, timeout: Duration, onOpen: @escaping @Sendable () -> Void,
    onLine: @escaping @Sendable (Data) throws -> Void
  ) async throws(KubernetesError) -> WatchEnd {
    let seconds = timeout.components.seconds
    let request = try APIRequest(
      "watch", .GET, query.type, namespace: query.namespace,
      query: query.query([
        ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", resourceVersion),
        ("timeoutSeconds", "\(seconds)"),
      ]), priority: .background)
    do throws(KubernetesError) {
      return try await watch(request, timeout: timeout, isTokenRefused: false, onOpen: onOpen, onLine: onLine)
    } catch {
      guard error.status == 401, login.canRenew else { throw error }
      countRepetition()
      return try await watch(request, timeout: timeout, isTokenRefused: true, onOpen: onOpen, onLine: onLine)
    }
  }

  private func watch(
    _ request: APIRequest, timeout: Duration, isTokenRefused: Bool, onOpen: @escaping @Sendable () -> Void,
    onLine: @escaping @Sendable (Data) throws -> Void
  ) async throws(KubernetesError) -> WatchEnd {
    guard let (connection, http) = transport.watches.borrow() else {
      throw KubernetesError(.unreachable, message: "\(request.description): the client is shut down")
    }
    // A server that fell silent may do better on another connection.
    var isSilent = false
    defer { transport.watches.giveBack(connection, isSuspect: isSilent) }
    let wire = wireRequest(request, isTokenRefused: isTokenRefused)
    let start = time.now()
    var isOpen = false
    do {
      let opened = try await Deadline.race(until: start + Self.watchGrace, time: time) {
        try await http.execute(wire, deadline: .now() + .hours(1))
      }
      guard let response = opened else {
        isSilent = true
        throw KubernetesError(
          .unreachable, message: "\(request.description): no answer from \(access.server) within 30 s")
      }
      isOpen = true
      count("watch", status: Int(response.status.code))
      guard response.status == .ok else { throw try await refusal(response, request) }
      onOpen()
      let end = start + timeout + Self.watchGrace
      let lastHeard = Mutex(time.now())
      let isEnded: Bool? = try await Deadline.race(
        until: { lastHeard.withLock { min(end, $0 + Self.longestSilence) } }, time: time
      ) { [time] in
        var splitter = LineSplitter()
        for try await chunk in response.body {
          lastHeard.withLock { $0 = time.now() }
          for line in try splitter.lines(adding: chunk.readableBytesView) { try onLine(line) }
        }
        try Task.checkCancellation()
        return true
      }
      isSilent = isEnded == nil
      return isSilent ? .overdue : .byServer
    } catch is LineSplitter.TooLong {
      let limit = LineSplitter.longestLine >> 20
      throw KubernetesError(.badAnswer, message: "\(request.description): an event is larger than \(limit) MiB")
    } catch {
      if !isOpen { count("watch", status: 0) }
      throw failure(error, request.description)
    }
  }

  private func refusal(_ response: HTTPClientResponse, _ request: APIRequest) async throws -> KubernetesError {
    let body = try await Deadline.race(until: time.now() + Self.watchGrace, time: time) {
      try await Self.collect(response, limit: 1 << 20)
    }
    let answer = APIAnswer(
      status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"), body: body ?? Data())
    return KubernetesError(answer, to: request.description)
  }
}
