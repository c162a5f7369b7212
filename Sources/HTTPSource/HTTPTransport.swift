public import Questions
internal import Synchronization

/// The HTTP client of the whole process: one thread, one connection pool.
///
/// HTTP/1.1 with keep-alive, HTTP/2 over TLS, and proxies from the environment. Requests to one endpoint wait in their own
/// lane, so that a server that hangs holds up nobody but those who ask it. Nothing blocks the caller's thread.
public final class HTTPTransport: Sendable {
  /// The bounds of the transport.
  public struct Limits: Hashable, Sendable {
    /// How many connections one endpoint gets. More requests wait for one of them.
    public var connectionsPerEndpoint = 4
    /// How many requests one endpoint gets at once where it speaks HTTP/2; they share connections.
    public var streamsPerEndpoint = 64
    /// How many connections there are in all, idle ones included. A last guard for the file descriptors: where it is
    /// reached, requests to different endpoints wait for each other.
    public var connections = 1024
    /// The longest answer that is read, in bytes after decoding.
    public var answerBytes = 1 << 20
    /// How many requests may follow from one: the first and nine redirects, as Go's client has it.
    public var requestsPerQuestion = 10

    public init() {}
  }

  private let loop: TransportLoop
  private let limits: Limits
  private let nextID = Atomic<UInt64>(1)
  private let ledgers = Mutex<[HTTPEndpoint: ConnectionLedger]>([:])

  /// Starts the transport's thread. `environment` is where the proxies (`http_proxy`, `HTTP_PROXY`) and authorities
  /// (`SSL_CERT_FILE`, `SSL_CERT_DIR`) come from that curl does not look up itself.
  ///
  /// - Throws: `unusableConfiguration` where libcurl cannot be set up.
  public init(limits: Limits = Limits(), environment: [String: String]) throws(SourceError) {
    self.limits = limits
    loop = try TransportLoop(limits: limits, settings: ProcessSettings(environment: environment))
    loop.start()
  }

  deinit { loop.requestStop() }

  /// Sends a request and collects the answer, whatever its status. Redirects are followed; headers and the client
  /// certificate go along only as far as the same host. A body goes along where the redirect's status asks for that (307,
  /// 308), and to another host never: that is an error.
  ///
  /// - Parameter timeout: For everything: waiting for a connection, connecting, every redirect, the last byte.
  /// - Returns: An error whose message names the endpoint and the cause, where no complete answer came.
  public func perform(_ request: HTTPRequest, timeout: Duration) async -> Result<HTTPAnswer, SourceError> {
    let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
    let ledger = ledger(of: request.endpoint)
    let deadline = ContinuousClock.now + min(max(timeout, .zero), .seconds(86_400))
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.send(
          .start(
            Submission(
              id: id, request: request, deadline: deadline, timeout: timeout, ledger: ledger,
              continuation: continuation)))
        // A cancellation that came before the line above found nothing to cancel.
        if Task.isCancelled { loop.send(.cancel(id)) }
      }
    } onCancel: {
      loop.send(.cancel(id))
    }
  }

  /// How many connections are open that were opened for this endpoint: an exact count of sockets, idle ones and
  /// connection attempts included. A redirect's connections count for the endpoint that was asked first.
  public func openConnections(to endpoint: HTTPEndpoint) -> Int {
    ledgers.withLock { $0[endpoint]?.count ?? 0 }
  }

  /// Fails the endpoint's requests that are under way or waiting, and closes its connections.
  public func closeConnections(to endpoint: HTTPEndpoint) async {
    let ledger = ledgers.withLock { $0.removeValue(forKey: endpoint) }
    guard let ledger else { return }
    await withCheckedContinuation { continuation in
      loop.send(.close(endpoint, ledger, continuation))
    }
  }

  /// Fails all requests, closes all connections and ends the thread. Returns when it has ended; later requests fail.
  public func shutdown() async {
    await loop.stop()
  }

  private func ledger(of endpoint: HTTPEndpoint) -> ConnectionLedger {
    ledgers.withLock { ledgers in
      if let known = ledgers[endpoint] { return known }
      let ledger = ConnectionLedger(table: loop.sockets)
      ledgers[endpoint] = ledger
      return ledger
    }
  }
}
