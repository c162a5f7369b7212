internal import NIOCore
internal import NIOSSL

/// A certificate chain and its private key: who the server says it is. Prints neither key nor certificate.
public struct TLSIdentity: Sendable, CustomStringConvertible {
  /// The chain as PEM, leaf first. Public: what a client of a self-signed server trusts.
  public let certificatePEM: String
  let chain: [NIOSSLCertificate]
  let key: NIOSSLPrivateKey

  /// - Throws: ``HTTPServerError`` with code `badIdentity` when either text is no PEM of its kind.
  public init(certificateChainPEM: String, privateKeyPEM: String) throws(HTTPServerError) {
    do {
      chain = try NIOSSLCertificate.fromPEMBytes(Array(certificateChainPEM.utf8))
    } catch {
      throw HTTPServerError(code: .badIdentity, message: "the certificate is not PEM: \(error)")
    }
    do {
      key = try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem)
    } catch {
      throw HTTPServerError(code: .badIdentity, message: "the private key is not an unencrypted PEM key")
    }
    certificatePEM = certificateChainPEM
    _ = try makeContext(minimumVersion: .tls12, asksForCertificate: false)
  }

  public var description: String { "TLSIdentity(\(chain.count) certificates)" }

  /// The server side of TLS: 1.2 and 1.3 or 1.3 alone, AES-128-GCM first (the fastest with the AES instructions of today's
  /// processors), HTTP/2 before HTTP/1.1.
  ///
  /// - Parameter asksForCertificate: clients may show a certificate, which is then verified after the handshake: whatever
  ///   it is, the handshake goes on, and authorities' names are not told beforehand.
  func makeContext(
    minimumVersion: TLSMinimumVersion, asksForCertificate: Bool
  ) throws(HTTPServerError) -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = minimumVersion == .tls13 ? .tlsv13 : .tlsv12
    if asksForCertificate {
      configuration.certificateVerification = .optionalVerification
      configuration.trustRoots = .certificates([])
    }
    configuration.cipherSuiteValues = [
      .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
      .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
      .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
    configuration.applicationProtocols = ["h2", "http/1.1"]
    // How long a close waits for the peer's goodbye; a shutdown must not hang on a silent client.
    configuration.shutdownTimeout = .milliseconds(250)
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw HTTPServerError(
        code: .badIdentity, message: "the certificate and the private key do not go together: \(error)")
    }
  }
}
