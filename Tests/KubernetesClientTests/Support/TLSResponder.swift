internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A TLS server on loopback that answers every request with the same body and asks for a client certificate when it
/// is given authorities for one.
struct TLSResponder: Sendable {
  private let channel: any Channel
  let port: Int

  static func start(
    host: String = "127.0.0.1", certificate: String, key: String, clientAuthority: String? = nil, body: String
  ) async throws -> TLSResponder {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
    if let clientAuthority {
      configuration.certificateVerification = .noHostnameVerification
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(clientAuthority.utf8)))
    }
    let context = try NIOSSLContext(configuration: configuration)
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            NIOSSLServerHandler(context: context), AnswerEverything(answer: answer))
        }
      }
      .bind(host: host, port: 0).get()
    return TLSResponder(channel: channel, port: channel.localAddress?.port ?? 0)
  }

  func stop() async throws { try await channel.close() }
}

private final class AnswerEverything: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let answer: String
  private var seen = ""

  init(answer: String) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    seen += String(buffer: unwrapInboundIn(data))
    guard seen.hasSuffix("\r\n\r\n") else { return }
    seen = ""
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
  }
}
