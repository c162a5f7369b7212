internal import Certificates
internal import Foundation
internal import KubernetesAPI

/// Certificates as the Secret holds them, under the keys that KEDA uses too.
enum CertificateSecret {
  static let authorityCertificate = "ca.crt"
  static let authorityKey = "ca.key"
  static let certificate = "tls.crt"
  static let key = "tls.key"

  /// - Throws: `CertificateError` that names the key that is missing or cannot be read.
  static func certificates(in secret: Secret) throws(CertificateError) -> CertificateSet {
    func text(_ key: String) throws(CertificateError) -> String {
      guard let value = secret.value(forKey: key), !value.isEmpty else {
        throw CertificateError(.notPEM, "\(key) is missing")
      }
      return value
    }
    return try CertificateSet(
      caCertificatePEM: text(authorityCertificate), caKeyPEM: text(authorityKey), certificatePEM: text(certificate),
      keyPEM: text(key))
  }

  static func new(name: String, namespace: String, holding set: CertificateSet) throws(CertificateError) -> Secret {
    let labels = ["app.kubernetes.io/name": "swell", "app.kubernetes.io/part-of": "swell"]
    let secret = Secret(metadata: ObjectMeta(name: name, namespace: namespace, labels: labels), type: "Opaque")
    return try replaced(secret, by: set)
  }

  /// The same Secret with other certificates; further keys, labels and the resource version stay.
  static func replaced(_ secret: Secret, by set: CertificateSet) throws(CertificateError) -> Secret {
    var changed = secret
    changed.stringData = nil
    var data = secret.data ?? [:]
    data[authorityCertificate] = base64(set.bundlePEM)
    data[authorityKey] = base64(try set.authority.privateKeyPEM())
    data[certificate] = base64(set.serving.certificatePEM)
    data[key] = base64(try set.serving.privateKeyPEM())
    changed.data = data
    return changed
  }

  static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
