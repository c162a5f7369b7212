internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Questions
internal import Synchronization

/// The TLS settings of an endpoint, read once: certificates parsed, the system's authorities loaded.
final class TLSContext: Sendable {
  private let options: TLSOptions
  private let loaded = Mutex<Result<NIOSSLContext, PipelineFailure>?>(nil)

  init(_ options: TLSOptions) {
    self.options = options
  }

  /// Reads the settings on a thread that may block. To be called before the first connection.
  func prepare() async -> PipelineFailure? {
    if let known = loaded.withLock({ $0 }) { return Self.failure(of: known) }
    let result: Result<NIOSSLContext, PipelineFailure>
    do {
      let options = options
      result = try await NIOThreadPool.singleton.runIfActive { Self.load(options) }
    } catch {
      result = .failure(PipelineFailure(.unusableConfiguration, "TLS settings: \(error)"))
    }
    // Two that come at once both read; the first stays.
    return loaded.withLock { loaded in
      let kept = loaded ?? result
      loaded = kept
      return Self.failure(of: kept)
    }
  }

  /// The handler for a connection to `host`; verifies the host name, or the address where `host` is one.
  func handler(host: String) throws -> NIOSSLClientHandler {
    switch loaded.withLock({ $0 }) {
    case .success(let context):
      let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
      return try NIOSSLClientHandler(context: context, serverHostname: isAddress || host.isEmpty ? nil : host)
    case .failure(let failure): throw failure
    case nil: throw PipelineFailure(.unusableConfiguration, "TLS settings were not read")
    }
  }

  private static func failure(of result: Result<NIOSSLContext, PipelineFailure>) -> PipelineFailure? {
    if case .failure(let failure) = result { failure } else { nil }
  }

  private static func load(_ options: TLSOptions) -> Result<NIOSSLContext, PipelineFailure> {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = options.verifiesCertificate ? .fullVerification : .none
    // A farewell that a hung server does not return must not keep the connection.
    configuration.shutdownTimeout = .milliseconds(100)
    do throws(PipelineFailure) {
      if let authorities = nonEmpty(options.authorities) {
        configuration.additionalTrustRoots = [.certificates(try certificates(authorities, "the CA certificate"))]
      }
      if let chain = nonEmpty(options.certificate) {
        configuration.certificateChain = try certificates(chain, "the client certificate").map { .certificate($0) }
        configuration.privateKey = .privateKey(try privateKey(options))
      }
      let complete = configuration
      return .success(
        try reading("the client certificate and its key do not fit together, or cannot be used") {
          try NIOSSLContext(configuration: complete)
        })
    } catch {
      return .failure(error)
    }
  }

  private static func certificates(_ text: String, _ name: String) throws(PipelineFailure) -> [NIOSSLCertificate] {
    let read = try reading("\(name) is not PEM text (-----BEGIN CERTIFICATE-----)") {
      try NIOSSLCertificate.fromPEMBytes(Array(text.utf8))
    }
    guard !read.isEmpty else {
      throw PipelineFailure(.unusableConfiguration, "TLS: \(name) is not PEM text (-----BEGIN CERTIFICATE-----)")
    }
    return read
  }

  private static func privateKey(_ options: TLSOptions) throws(PipelineFailure) -> NIOSSLPrivateKey {
    guard let key = options.privateKey, !key.isEmpty else {
      throw PipelineFailure(.unusableConfiguration, "TLS: the client certificate comes without its private key")
    }
    let bytes = Array(key.reveal().utf8)
    let password = options.privateKeyPassword ?? SecretText("")
    return try reading("the client's private key cannot be read: not PEM, or keyPassword is wrong or missing") {
      // An encrypted key asks for its password; without a callback OpenSSL would ask on the terminal.
      try NIOSSLPrivateKey(bytes: bytes, format: .pem) { give in give(Array(password.reveal().utf8)) }
    }
  }

  /// The cause is left out: BoringSSL's says nothing that helps, and might quote the input.
  private static func reading<T>(_ problem: String, _ read: () throws -> T) throws(PipelineFailure) -> T {
    do {
      return try read()
    } catch {
      throw PipelineFailure(.unusableConfiguration, "TLS: \(problem)")
    }
  }

  private static func nonEmpty(_ text: String?) -> String? {
    guard let text, !text.isEmpty else { return nil }
    return text
  }
}
