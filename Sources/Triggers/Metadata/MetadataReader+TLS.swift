internal import Questions

extension MetadataReader {
  /// The certificates and keys of a TriggerAuthentication, as written.
  struct TLSMaterial {
    var authorities: Value?
    var certificate: Value?
    var key: Value?
    var keyPassword: Value?
  }

  mutating func tlsMaterial(certificateNames: Parameter = Parameter("cert", from: .authentication)) -> TLSMaterial {
    TLSMaterial(
      authorities: value(Parameter("ca", from: .authentication)),
      certificate: value(certificateNames),
      key: value(Parameter("key", from: .authentication)),
      keyPassword: value(Parameter("keyPassword", from: .authentication)))
  }

  /// TLS options of that material; what is not PEM is noted. A certificate without key, or a key without certificate,
  /// is left out, as KEDA does.
  mutating func tlsOptions(_ material: TLSMaterial, verifiesCertificate: Bool) -> TLSOptions {
    var options = TLSOptions(verifiesCertificate: verifiesCertificate)
    if let authorities = material.authorities {
      if !PEM.hasCertificate(authorities.text) {
        fail(authorities.field, "is not a PEM certificate: write -----BEGIN CERTIFICATE----- and so on")
      }
      options.authorities = authorities.text
    }
    if let certificate = material.certificate, let key = material.key {
      if !PEM.hasCertificate(certificate.text) {
        fail(certificate.field, "is not a PEM certificate: write -----BEGIN CERTIFICATE----- and so on")
      }
      if !PEM.hasPrivateKey(key.text) {
        fail(key.field, "is not a PEM private key: write -----BEGIN PRIVATE KEY----- and so on")
      } else {
        checkKey(key, of: certificate, password: material.keyPassword)
      }
      options.certificate = certificate.text
      options.privateKey = SecretText(key.text)
      options.privateKeyPassword = material.keyPassword.map { SecretText($0.text) }
    }
    return options
  }

  private mutating func checkKey(_ key: Value, of certificate: Value, password: Value?) {
    switch (PEM.isEncrypted(key.text), password) {
    case (true, nil): fail(key.field, "is encrypted: write its password as keyPassword")
    case (false, let password?): fail(password.field, "is given, but key is not encrypted: remove keyPassword")
    default: break
    }
    if !PEM.belongTogether(certificate: certificate.text, key: key.text) {
      fail(key.field, "is not the key of the certificate in \(certificate.field): write the two that belong together")
    }
  }
}
