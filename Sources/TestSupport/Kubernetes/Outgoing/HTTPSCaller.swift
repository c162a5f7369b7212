internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// A small HTTPS client that keeps its connections. It connects to 127.0.0.1 and checks the certificate for another
/// name, as an API server does that calls a Service.
final class HTTPSCaller: Sendable {
  struct Endpoint: Hashable, Sendable {
    var port: Int
    /// The name in the certificate.
    var name: String
    /// What signs it; nil checks nothing.
    var authorityPEM: String?
    var clientCertificatePEM: String?
    var clientKeyPEM: String?
  }

  struct Answer: Sendable {
    var status: Int
    var headers: [(String, String)]
    var body: [UInt8]
    var contentType: String { headers.first { $0.0.lowercased() == "content-type" }?.1 ?? "application/json" }
  }

  struct Failed: Error, Equatable, CustomStringConvertible {
    var description: String
  }

  private static let tooLate = Failed(description: "context deadline exceeded")

  private struct State {
    var idle: [Endpoint: [any Channel]] = [:]
    var contexts: [Endpoint: NIOSSLContext] = [:]
  }

  private let state = Mutex(State())
  private let group = MultiThreadedEventLoopGroup.singleton

  func call(
    _ endpoint: Endpoint, method: String, uri: String, headers: [(String, String)], body: [UInt8],
    timeout: Duration
  ) async throws -> Answer {
    if let kept = takeIdle(endpoint) {
      // The other side may have closed a kept connection just now: once more on a new one.
      do {
        return try await exchange(kept, endpoint, method, uri, headers, body, timeout)
      } catch let error as Failed where error == Self.tooLate {
        throw error
      } catch {}
    }
    let channel = try await connect(endpoint)
    return try await exchange(channel, endpoint, method, uri, headers, body, timeout)
  }

  /// Closes what is kept.
  func closeAll() {
    let channels = state.withLock { state in
      defer { state.idle = [:] }
      return state.idle.values.flatMap { $0 }
    }
    for channel in channels { channel.close(promise: nil) }
  }

  private func takeIdle(_ endpoint: Endpoint) -> (any Channel)? {
    state.withLock { state in
      while let channel = state.idle[endpoint]?.popLast() {
        if channel.isActive { return channel }
      }
      return nil
    }
  }

  private func context(_ endpoint: Endpoint) throws -> NIOSSLContext {
    if let known = state.withLock({ $0.contexts[endpoint] }) { return known }
    var configuration = TLSConfiguration.makeClientConfiguration()
    if let pem = endpoint.authorityPEM {
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
    } else {
      configuration.certificateVerification = .none
    }
    if let certificate = endpoint.clientCertificatePEM, let key = endpoint.clientKeyPEM {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
        .map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
    }
    configuration.applicationProtocols = ["http/1.1"]
    let context = try NIOSSLContext(configuration: configuration)
    state.withLock { $0.contexts[endpoint] = context }
    return context
  }

  private func connect(_ endpoint: Endpoint) async throws -> any Channel {
    let context = try context(endpoint)
    return try await ClientBootstrap(group: group)
      .connectTimeout(.seconds(5))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: endpoint.name))
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(CallHandler())
        }
      }
      .connect(host: "127.0.0.1", port: endpoint.port).get()
  }

  private func exchange(
    _ channel: any Channel, _ endpoint: Endpoint, _ method: String, _ uri: String, _ headers: [(String, String)],
    _ body: [UInt8], _ timeout: Duration
  ) async throws -> Answer {
    var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: uri)
    for (name, value) in headers { head.headers.add(name: name, value: value) }
    head.headers.replaceOrAdd(name: "Host", value: "\(endpoint.name):\(endpoint.port)")
    head.headers.replaceOrAdd(name: "Content-Length", value: String(body.count))
    let promise = channel.eventLoop.makePromise(of: Answer.self)
    let call = PendingCall(head: head, body: body, promise: promise)
    let timer = channel.eventLoop.scheduleTask(
      in: .nanoseconds(timeout.components.seconds * 1_000_000_000 + timeout.components.attoseconds / 1_000_000_000)
    ) {
      promise.fail(Self.tooLate)
      channel.close(promise: nil)
    }
    channel.writeAndFlush(call).whenFailure { promise.fail($0) }
    do {
      let answer = try await promise.futureResult.get()
      timer.cancel()
      if channel.isActive { state.withLock { $0.idle[endpoint, default: []].append(channel) } }
      return answer
    } catch {
      timer.cancel()
      channel.close(promise: nil)
      throw error
    }
  }
}

private struct PendingCall: Sendable {
  var head: HTTPRequestHead
  var body: [UInt8]
  var promise: EventLoopPromise<HTTPSCaller.Answer>
}

/// Writes one request at a time and collects its answer.
private final class CallHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = PendingCall
  typealias OutboundOut = HTTPClientRequestPart

  private var pending: EventLoopPromise<HTTPSCaller.Answer>?
  private var answer = HTTPSCaller.Answer(status: 0, headers: [], body: [])
  private var lastError: (any Error)?

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let call = unwrapOutboundIn(data)
    if let lastError {
      call.promise.fail(lastError)
      promise?.fail(lastError)
      return
    }
    pending = call.promise
    answer = HTTPSCaller.Answer(status: 0, headers: [], body: [])
    context.write(wrapOutboundOut(.head(call.head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: call.body)))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      answer.status = Int(head.status.code)
      answer.headers = head.headers.map { ($0.name, $0.value) }
    case .body(let buffer): answer.body += Array(buffer.readableBytesView)
    case .end:
      pending?.succeed(answer)
      pending = nil
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    lastError = error
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    let error = lastError ?? HTTPSCaller.Failed(description: "the connection was closed before the answer")
    lastError = error
    pending?.fail(error)
    pending = nil
    context.fireChannelInactive()
  }
}
