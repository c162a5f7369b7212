internal import NIOSSL
internal import Synchronization

/// The TLS context that new connections take. Replacing it leaves open connections as they are, so that a renewed
/// certificate needs no restart.
final class TLSContextStore: Sendable {
  private let context: Mutex<NIOSSLContext>

  init(_ identity: TLSIdentity) throws(HTTPServerError) {
    context = Mutex(try identity.makeContext())
  }

  var current: NIOSSLContext { context.withLock { $0 } }

  func replace(with identity: TLSIdentity) throws(HTTPServerError) {
    let new = try identity.makeContext()
    context.withLock { $0 = new }
  }
}
