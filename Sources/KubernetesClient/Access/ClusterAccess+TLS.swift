internal import AsyncHTTPClient
internal import NIOSSL

extension ClusterAccess {
  /// Everything in memory: no file is read after this.
  func tlsConfiguration() throws(KubernetesError) -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    if tls.isUnchecked { configuration.certificateVerification = .none }
    if let authority = tls.authority {
      configuration.trustRoots = .certificates(try certificates(authority, "the certificate authority"))
    }
    if let certificate = tls.certificate, let key = tls.key {
      configuration.certificateChain = try certificates(certificate, "the client certificate")
        .map { .certificate($0) }
      do {
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.reveal().utf8), format: .pem))
      } catch {
        throw .badConfiguration("\(origin): the client key is not an unencrypted private key in PEM")
      }
    }
    do {
      _ = try NIOSSLContext(configuration: configuration)
    } catch {
      throw .badConfiguration("\(origin): the client certificate and key do not make a TLS client: \(error)")
    }
    return configuration
  }

  private func certificates(_ pem: [UInt8], _ what: String) throws(KubernetesError) -> [NIOSSLCertificate] {
    let certificates = try? NIOSSLCertificate.fromPEMBytes(pem)
    guard let certificates, !certificates.isEmpty else {
      throw .badConfiguration("\(origin): \(what) is not a certificate in PEM")
    }
    return certificates
  }
}

extension HTTPClient.Configuration.Proxy {
  init(_ proxy: ClusterAccess.Proxy) {
    if let user = proxy.user {
      self = .server(
        host: proxy.host, port: proxy.port,
        authorization: .basic(username: user, password: proxy.password?.reveal() ?? ""))
    } else {
      self = .server(host: proxy.host, port: proxy.port)
    }
  }
}
