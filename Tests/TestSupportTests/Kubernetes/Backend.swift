import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

@testable import TestSupport

/// An HTTPS server that API servers call: a webhook, or an aggregated API.
final class Backend: Sendable {
  struct Request: Sendable {
    var method: String
    var uri: String
    var headers: [(String, String)]
    var body: JSONValue
    func header(_ name: String) -> [String] { headers.filter { $0.0.lowercased() == name }.map(\.1) }
  }

  let port: Int
  let authority: TestAuthority
  private let requests: Requests
  private let channel: any Channel

  final class Requests: Sendable {
    private let all = Mutex<[Request]>([])
    func add(_ request: Request) { all.withLock { $0.append(request) } }
    var list: [Request] { all.withLock { $0 } }
  }

  /// - Parameter name: in the certificate: `service.namespace.svc`.
  static func start(
    name: String, answer: @escaping @Sendable (Request) -> (Int, JSONValue)
  ) async throws -> Backend {
    let authority = try TestAuthority(commonName: "backend-ca")
    let identity = try authority.issue(commonName: name, names: [name, "127.0.0.1"], purpose: .server)
    let chain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem)))
    configuration.certificateVerification = .none
    let context = try NIOSSLContext(configuration: configuration)
    let requests = Requests()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(BackendHandler(requests: requests, answer: answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return Backend(channel, authority, requests)
  }

  private init(_ channel: any Channel, _ authority: TestAuthority, _ requests: Requests) {
    self.channel = channel
    self.authority = authority
    port = channel.localAddress?.port ?? 0
    self.requests = requests
  }

  var seen: [Request] { requests.list }
  var caBundle: JSONValue { .string(Base64Text.text(Array(authority.certificatePEM.utf8))) }

  func stop() async { try? await channel.close().get() }
}

private final class BackendHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let requests: Backend.Requests
  private let answer: @Sendable (Backend.Request) -> (Int, JSONValue)
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(requests: Backend.Requests, answer: @escaping @Sendable (Backend.Request) -> (Int, JSONValue)) {
    self.requests = requests
    self.answer = answer
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let buffer): body += Array(buffer.readableBytesView)
    case .end:
      guard let head else { return }
      let request = Backend.Request(
        method: head.method.rawValue, uri: head.uri, headers: head.headers.map { ($0.name, $0.value) },
        body: (try? JSONText.parse(body)) ?? .null)
      requests.add(request)
      let (status, value) = answer(request)
      let bytes = JSONText.bytes(value)
      let headers = HTTPHeaders([
        ("Content-Type", "application/json"), ("Content-Length", String(bytes.count)),
      ])
      context.write(
        wrapOutboundOut(
          .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers))),
        promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
