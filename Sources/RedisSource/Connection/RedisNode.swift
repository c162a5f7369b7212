internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Questions

/// One server and the one connection to it, which is opened when somebody asks, shared by all who ask, and opened anew
/// after it broke. Runs on the event loop of its connection, so that replies reach their requests without locks.
actor RedisNode {
  nonisolated let address: HostPort
  /// What messages begin with: the endpoint, and the node where there are several.
  nonisolated let label: String
  nonisolated let limits: RedisSource.Configuration
  nonisolated let unownedExecutor: UnownedSerialExecutor

  private let eventLoop: any EventLoop
  private let opening: Opening
  private let tls: TLSContext?
  private let counter: ConnectionCounter

  private enum State {
    case disconnected
    /// TCP is being connected.
    case connecting(attempt: Int)
    /// TCP is up; TLS or the opening is under way.
    case opening(PipelineHandler, attempt: Int)
    case open(PipelineHandler)
    case shutDown
  }

  private var state = State.disconnected
  /// The channel of the connection, to close it when this object goes without a shutdown.
  private var channel: (any Channel)?
  private var attempts = 0
  private var openingTimer: Scheduled<Void>?
  /// Requests that came before the connection was open.
  private var waiting: [PipelineRequest] = []
  /// Requests with a running timer.
  private var timed: [Int: PipelineRequest] = [:]
  private var nextRequest = 0

  init(
    address: HostPort, label: String, opening: Opening, tls: TLSContext?, limits: RedisSource.Configuration,
    eventLoop: any EventLoop, counter: ConnectionCounter
  ) {
    self.address = address
    self.label = label
    self.opening = opening
    self.tls = tls
    self.limits = limits
    self.eventLoop = eventLoop
    self.counter = counter
    unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
  }

  deinit {
    channel?.close(promise: nil)
  }

  // MARK: - Asking

  /// Sends `count` encoded commands and waits for their replies, until the deadline at most.
  func exchange(_ bytes: ByteBuffer, count: Int, maxBytes: Int, before deadline: AskDeadline) async -> PipelineOutcome {
    await withCheckedContinuation { continuation in
      let request = PipelineRequest(bytes: bytes, count: count, maxBytes: maxBytes) {
        continuation.resume(returning: $0)
      }
      submit(request, before: deadline)
    }
  }

  private func submit(_ request: PipelineRequest, before deadline: AskDeadline) {
    if case .shutDown = state {
      request.end(PipelineFailure(.connectionLost, "this source has been shut down"))
      return
    }
    startTimer(of: request, deadline: deadline)
    if case .open(let handler) = state, handler.isStalled(at: eventLoop.now) {
      handler.breakOff(Self.silence(for: limits.silenceLimit))
    }
    switch state {
    case .open(let handler): handler.send(request)
    case .connecting, .opening: waiting.append(request)
    case .disconnected:
      waiting.append(request)
      connect()
    case .shutDown: break
    }
  }

  private func startTimer(of request: PipelineRequest, deadline: AskDeadline) {
    let id = nextRequest
    nextRequest &+= 1
    timed[id] = request
    request.timer = eventLoop.scheduleTask(deadline: deadline.time) { [weak self] in
      self?.assumeIsolated { $0.timeOut(id, after: deadline.timeout) }
    }
    request.whenEnded = { [weak self] in
      self?.assumeIsolated { $0.timed[id] = nil }
    }
  }

  private func timeOut(_ id: Int, after timeout: Duration) {
    guard let request = timed[id] else { return }
    let what = request.sentAt == nil ? "no connection" : "no complete answer"
    waiting.removeAll { $0 === request }
    request.end(PipelineFailure(.timedOut, "\(what) within \(timeout.inWords)"))
    if case .open(let handler) = state, handler.isStalled(at: eventLoop.now) {
      handler.breakOff(Self.silence(for: limits.silenceLimit))
    }
  }

  private static func silence(for limit: Duration) -> PipelineFailure {
    PipelineFailure(.timedOut, "the server has been silent for \(limit.inWords)", rest: .mayBeAskedAgain)
  }

  // MARK: - Opening

  private func connect() {
    attempts &+= 1
    let attempt = attempts
    state = .connecting(attempt: attempt)
    openingTimer = eventLoop.scheduleTask(in: TimeAmount(clamping: limits.connectTimeout)) { [weak self] in
      self?.assumeIsolated { $0.openingTookTooLong(attempt) }
    }
    ClientBootstrap(group: eventLoop)
      .connectTimeout(TimeAmount(clamping: limits.connectTimeout))
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelInitializer { [weak self] channel in
        channel.eventLoop.makeCompletedFuture {
          try self?.assumeIsolated { try $0.configure(channel) }
        }
      }
      .connect(host: address.host, port: address.port)
      .whenComplete { [weak self] result in
        switch result {
        case .success(let channel):
          guard let self else { return channel.close(promise: nil) }
          self.assumeIsolated { $0.connected(channel, attempt: attempt) }
        case .failure(let error):
          self?.assumeIsolated { $0.fail(attempt, ConnectionFailure.ofConnecting(error)) }
        }
      }
  }

  /// Called for every address that is tried.
  private func configure(_ channel: any Channel) throws {
    if let tls { try channel.pipeline.syncOperations.addHandler(tls.handler(host: address.host)) }
    let handler = PipelineHandler(
      parser: ReplyParser(maxReplyBytes: limits.maxReplyBytes),
      silenceLimit: TimeAmount(clamping: limits.silenceLimit), usesTLS: tls != nil, node: self)
    try channel.pipeline.syncOperations.addHandler(handler)
  }

  private func connected(_ channel: any Channel, attempt: Int) {
    guard case .connecting(attempt) = state,
      let handler = try? channel.pipeline.syncOperations.handler(type: PipelineHandler.self)
    else { return channel.close(promise: nil) }
    if let failure = handler.failure { return fail(attempt, failure) }
    state = .opening(handler, attempt: attempt)
    self.channel = channel
    counter.opened()
    if handler.isReady { introduce(to: handler, attempt: attempt) }
  }

  /// TCP and TLS of a connection are up.
  func handlerIsReady(_ id: ObjectIdentifier) {
    if case .opening(let handler, let attempt) = state, ObjectIdentifier(handler) == id {
      introduce(to: handler, attempt: attempt)
    }
  }

  private func introduce(to handler: PipelineHandler, attempt: Int) {
    var bytes = ByteBuffer()
    var encoder = CommandEncoder()
    let commands = opening.commands
    guard !commands.isEmpty else { return opened(handler) }
    guard commands.allSatisfy({ encoder.encode($0, into: &bytes) }) else {
      return handler.breakOff(PipelineFailure(.unusableConfiguration, "the credentials are too long"))
    }
    let opening = opening
    let id = ObjectIdentifier(handler)
    let request = PipelineRequest(bytes: bytes, count: commands.count, maxBytes: limits.maxReplyBytes) { outcome in
      // On failure the handler has told the node already.
      guard outcome.failure == nil else { return }
      if let failure = opening.failure(in: outcome.replies) {
        handler.breakOff(failure)
      } else {
        self.assumeIsolated { $0.introduced(id) }
      }
    }
    handler.send(request)
  }

  private func introduced(_ id: ObjectIdentifier) {
    if case .opening(let handler, _) = state, ObjectIdentifier(handler) == id { opened(handler) }
  }

  private func opened(_ handler: PipelineHandler) {
    openingTimer?.cancel()
    state = .open(handler)
    let requests = waiting
    waiting = []
    for request in requests { handler.send(request) }
  }

  private func openingTookTooLong(_ attempt: Int) {
    let limit = limits.connectTimeout.inWords
    switch state {
    case .connecting(attempt): fail(attempt, PipelineFailure(.timedOut, "no connection within \(limit)"))
    case .opening(let handler, attempt):
      let isHandshaking = tls != nil && !handler.isReady
      handler.breakOff(
        PipelineFailure(
          .timedOut,
          isHandshaking
            ? "no answer to the TLS handshake within \(limit); does the server speak TLS on this port?"
            : "no answer to AUTH or SELECT within \(limit)"))
    default: break
    }
  }

  private func fail(_ attempt: Int, _ failure: PipelineFailure) {
    switch state {
    case .connecting(attempt), .opening(_, attempt): becomeDisconnected(failure)
    default: break
    }
  }

  // MARK: - Closing

  /// A connection is of no more use.
  func handlerBroke(_ id: ObjectIdentifier, _ failure: PipelineFailure) {
    switch state {
    case .opening(let handler, _) where ObjectIdentifier(handler) == id: becomeDisconnected(failure)
    case .open(let handler) where ObjectIdentifier(handler) == id: becomeDisconnected(failure)
    default: break
    }
  }

  private func becomeDisconnected(_ failure: PipelineFailure) {
    openingTimer?.cancel()
    state = .disconnected
    letGo()
    let requests = waiting
    waiting = []
    for request in requests { request.end(failure) }
  }

  /// The connection has been closed.
  private func letGo() {
    guard channel != nil else { return }
    channel = nil
    counter.closed()
  }

  /// Closes the connection; what is under way and what comes later fails.
  func shutdown() {
    let last = state
    state = .shutDown
    openingTimer?.cancel()
    let failure = PipelineFailure(.connectionLost, "this source has been shut down")
    switch last {
    case .opening(let handler, _), .open(let handler):
      handler.breakOff(failure)
      letGo()
    case .connecting, .disconnected, .shutDown: break
    }
    let requests = waiting
    waiting = []
    for request in requests { request.end(failure) }
  }
}
