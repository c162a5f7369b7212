internal import NIOSSL
internal import Synchronization

/// The TLS context that new connections take. Replacing it leaves open connections as they are, so that a renewed
/// certificate needs no restart.
final class TLSContextStore: Sendable {
  private let context: Mutex<NIOSSLContext>
  private let minimumVersion: TLSMinimumVersion
  /// Whose certificates clients are asked for; nil asks for none.
  let clientAuthorities: ClientAuthorities?

  init(
    _ identity: TLSIdentity, minimumVersion: TLSMinimumVersion, clientAuthorities: ClientAuthorities?
  ) throws(HTTPServerError) {
    self.minimumVersion = minimumVersion
    self.clientAuthorities = clientAuthorities
    context = Mutex(
      try identity.makeContext(minimumVersion: minimumVersion, asksForCertificate: clientAuthorities != nil))
  }

  var current: NIOSSLContext { context.withLock { $0 } }

  func replace(with identity: TLSIdentity) throws(HTTPServerError) {
    let new = try identity.makeContext(
      minimumVersion: minimumVersion, asksForCertificate: clientAuthorities != nil)
    context.withLock { $0 = new }
  }
}
