internal import CCurl
internal import Foundation
internal import Questions
internal import Synchronization

/// The thread that runs curl for the whole process.
///
/// `@unchecked Sendable`: the multi handle, `lanes`, `exchanges`, `running` and `earliestDeadline` are touched by this
/// object's own thread only (`run` and what it calls). Other threads reach `inbox`, which has a lock, and
/// `curl_multi_wakeup`, which curl allows from any thread and which is called under that lock while the handle lives.
final class TransportLoop: @unchecked Sendable {
  private enum Phase { case open, stopping, stopped }

  private struct Inbox {
    var commands: [TransportCommand] = []
    var phase = Phase.open
    var stopWaiters: [CheckedContinuation<Void, Never>] = []
  }

  private let multi: UnsafeMutableRawPointer
  private let limits: HTTPTransport.Limits
  private let settings: ProcessSettings
  private let inbox = Mutex(Inbox())
  let sockets = SocketTable()

  private var lanes: [HTTPEndpoint: Lane] = [:]
  /// Every request that has not ended, waiting or under way.
  private var exchanges: [UInt64: Exchange] = [:]
  private var running: [UnsafeMutableRawPointer: Exchange] = [:]
  /// No deadline is earlier than this. It may be that of a request that has ended: then one look is in vain.
  private var earliestDeadline: ContinuousClock.Instant?

  private static let globalSetup = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  init(limits: HTTPTransport.Limits, settings: ProcessSettings) throws(SourceError) {
    guard Self.globalSetup == CURLE_OK, let multi = curl_multi_init() else {
      throw SourceError(.unusableConfiguration, "HTTP: libcurl cannot be set up")
    }
    self.multi = multi
    self.limits = limits
    self.settings = settings
    swell_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limits.connections)
    swell_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.connections)
  }

  func start() {
    let thread = Thread { self.run() }
    thread.name = "http"
    thread.start()
  }

  // MARK: - From any thread

  func send(_ command: TransportCommand) {
    let accepted = inbox.withLock { inbox in
      guard inbox.phase == .open else { return false }
      inbox.commands.append(command)
      // One wake-up for all commands that wait.
      if inbox.commands.count == 1 { curl_multi_wakeup(multi) }
      return true
    }
    guard !accepted else { return }
    switch command {
    case .start(let submission): submission.continuation.resume(returning: .failure(Self.stopped(submission)))
    case .close(_, _, let continuation): continuation.resume()
    case .cancel: break
    }
  }

  func requestStop() {
    inbox.withLock { inbox in
      guard inbox.phase == .open else { return }
      inbox.phase = .stopping
      curl_multi_wakeup(multi)
    }
  }

  /// Returns when the thread has let go of everything.
  func stop() async {
    requestStop()
    await withCheckedContinuation { continuation in
      let hasStopped = inbox.withLock { inbox in
        if inbox.phase != .stopped { inbox.stopWaiters.append(continuation) }
        return inbox.phase == .stopped
      }
      if hasStopped { continuation.resume() }
    }
  }

  private static func stopped(_ submission: Submission) -> SourceError {
    SourceError(.connectionLost, "\(submission.request.endpoint): not asked, since Swell is shutting down")
  }

  // MARK: - On the loop's thread

  private func run() {
    // With CURLOPT_NOSIGNAL curl leaves this signal alone, and OpenSSL's writes to a closed connection raise it.
    var brokenPipe = sigset_t()
    sigemptyset(&brokenPipe)
    sigaddset(&brokenPipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)

    while takeCommands() {
      expireOverdue()
      var stillRunning: Int32 = 0
      curl_multi_perform(multi, &stillRunning)
      collectFinished()
      curl_multi_poll(multi, nil, 0, millisecondsToSleep(), nil)
    }
    tearDown()
  }

  /// False when it is time to stop.
  private func takeCommands() -> Bool {
    let (commands, phase) = inbox.withLock { inbox in
      defer { inbox.commands.removeAll() }
      return (inbox.commands, inbox.phase)
    }
    for command in commands {
      switch command {
      case .start(let submission): accept(submission)
      case .cancel(let id): exchanges[id].map { finish($0, .failure(Self.cancelled($0))) }
      case .close(let endpoint, let ledger, let continuation):
        close(endpoint, ledger)
        continuation.resume()
      }
    }
    return phase == .open
  }

  private func accept(_ submission: Submission) {
    let request = submission.request
    if let problem = request.problem { return submission.continuation.resume(returning: .failure(problem)) }
    let lane = lanes[request.endpoint] ?? Lane(ledger: submission.ledger)
    lanes[request.endpoint] = lane
    let exchange = Exchange(submission, lane: lane, limits: limits, settings: settings)
    exchanges[submission.id] = exchange
    earliestDeadline = min(earliestDeadline ?? submission.deadline, submission.deadline)
    lane.enqueue(exchange)
    startWaiting(in: lane)
  }

  private func startWaiting(in lane: Lane) {
    while let exchange = lane.dequeue(limits: limits) {
      launch(exchange)
    }
  }

  /// Hands the exchange, which its lane counts as active, to curl.
  private func launch(_ exchange: Exchange) {
    switch exchange.makeHandle() {
    case .failure(let error):
      end(exchange, .failure(error))
      exchange.lane.ended(byHTTP2: false)
    case .success(let handle):
      exchange.handle = handle
      running[handle.pointer] = exchange
      curl_multi_add_handle(multi, handle.pointer)
    }
  }

  private func collectFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left)?.pointee {
      guard message.msg == CURLMSG_DONE, let pointer = message.easy_handle, let exchange = running[pointer],
        let handle = exchange.handle
      else { continue }
      let next = exchange.next(after: message.data.result, handle)
      let byHTTP2 = message.data.result == CURLE_OK && handle.number(CURLINFO_HTTP_VERSION) == CURL_HTTP_VERSION_2_0
      release(exchange)
      switch next {
      case .followRedirect:
        launch(exchange)
        if exchange.isFinished { startWaiting(in: exchange.lane) }
      case .finish(let result):
        end(exchange, result)
        exchange.lane.ended(byHTTP2: byHTTP2)
        startWaiting(in: exchange.lane)
      }
    }
  }

  /// Ends an exchange before its time.
  private func finish(_ exchange: Exchange, _ result: Result<HTTPAnswer, SourceError>) {
    let wasActive = exchange.handle != nil
    release(exchange)
    end(exchange, result)
    guard wasActive else { return }
    exchange.lane.ended(byHTTP2: false)
    startWaiting(in: exchange.lane)
  }

  private func end(_ exchange: Exchange, _ result: Result<HTTPAnswer, SourceError>) {
    exchange.isFinished = true
    exchanges[exchange.submission.id] = nil
    exchange.submission.continuation.resume(returning: result)
  }

  /// Takes the exchange's handle away from curl. A connection with an answer under way is closed by that.
  private func release(_ exchange: Exchange) {
    guard let handle = exchange.handle else { return }
    curl_multi_remove_handle(multi, handle.pointer)
    running[handle.pointer] = nil
    exchange.handle = nil
  }

  private func expireOverdue() {
    let now = ContinuousClock.now
    guard let earliest = earliestDeadline, earliest <= now else { return }
    // All of them first: ending one starts the next in its lane, which may be overdue as well.
    let overdue = exchanges.values.filter { $0.submission.deadline <= now }
    for exchange in overdue where exchange.handle == nil { finish(exchange, .failure(exchange.timeoutError)) }
    for exchange in overdue where !exchange.isFinished { finish(exchange, .failure(exchange.timeoutError)) }
    earliestDeadline = exchanges.values.lazy.map(\.submission.deadline).min()
  }

  /// Until the next deadline; curl itself wakes earlier for its own timers and sockets.
  private func millisecondsToSleep() -> Int32 {
    guard let earliestDeadline else { return 600_000 }
    let (seconds, attoseconds) = (earliestDeadline - ContinuousClock.now).components
    if seconds < 0 { return 0 }
    if seconds >= 600 { return 600_000 }
    return Int32(seconds) * 1000 + Int32(attoseconds / 1_000_000_000_000_000) + 1
  }

  private func close(_ endpoint: HTTPEndpoint, _ ledger: ConnectionLedger) {
    // The waiting ones first, lest they start.
    let affected = exchanges.values.filter { $0.submission.ledger === ledger }.sorted {
      $0.handle == nil && $1.handle != nil
    }
    for exchange in affected {
      finish(exchange, .failure(SourceError(.connectionLost, "\(endpoint): the connection was closed by Swell")))
    }
    if lanes[endpoint]?.ledger === ledger { lanes[endpoint] = nil }
    ledger.disconnectAll()
  }

  private func tearDown() {
    for exchange in exchanges.values {
      release(exchange)
      exchange.submission.continuation.resume(returning: .failure(Self.stopped(exchange.submission)))
    }
    exchanges.removeAll()
    lanes.removeAll()
    let (late, waiters) = inbox.withLock { inbox in
      // Closes every connection. Under the lock: nobody may wake a handle that is gone.
      curl_multi_cleanup(multi)
      inbox.phase = .stopped
      return (inbox.commands, inbox.stopWaiters)
    }
    sockets.forgetAll()
    for command in late {
      switch command {
      case .start(let submission): submission.continuation.resume(returning: .failure(Self.stopped(submission)))
      case .close(_, _, let continuation): continuation.resume()
      case .cancel: break
      }
    }
    for waiter in waiters { waiter.resume() }
  }

  private static func cancelled(_ exchange: Exchange) -> SourceError {
    SourceError(.connectionLost, "\(exchange.submission.request.endpoint): the question was cancelled")
  }
}
