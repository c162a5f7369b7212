/// How to speak TLS to a source. Certificates are verified unless `verifiesCertificate` is false.
public struct TLSOptions: Hashable, Sendable {
  /// False only where the user wrote `unsafeSsl: "true"`.
  public var verifiesCertificate: Bool
  /// PEM certificates of the authorities to trust, beside the system's.
  public var authorities: String?
  /// PEM client certificate (chain), with `privateKey`.
  public var certificate: String?
  public var privateKey: SecretText?
  public var privateKeyPassword: SecretText?

  public init(
    verifiesCertificate: Bool = true, authorities: String? = nil, certificate: String? = nil,
    privateKey: SecretText? = nil, privateKeyPassword: SecretText? = nil
  ) {
    self.verifiesCertificate = verifiesCertificate
    self.authorities = authorities
    self.certificate = certificate
    self.privateKey = privateKey
    self.privateKeyPassword = privateKeyPassword
  }
}

/// A host and a TCP port.
public struct HostPort: Hashable, Sendable, CustomStringConvertible {
  public var host: String
  public var port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
