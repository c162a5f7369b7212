internal import HTTPServing
internal import Polling
internal import Synchronization

/// The certificate that the servers show now, whoever made it.
final class ServedIdentity: Sendable {
  private struct State {
    var identity: TLSIdentity?
    /// The certificate's PEM and that of the key, as one text: whether it is another one.
    var source: (certificate: String, key: String)?
  }

  private let state = Mutex(State())
  private let first = Signal()
  private let onChange: @Sendable (TLSIdentity) -> Void

  /// - Parameter onChange: told of each new certificate; called by one task.
  init(onChange: @escaping @Sendable (TLSIdentity) -> Void) {
    self.onChange = onChange
  }

  var current: TLSIdentity? { state.withLock(\.identity) }

  /// Returns when there is a certificate; nil when the task is cancelled before.
  func wait() async -> TLSIdentity? {
    await first.wait()
    return current
  }

  /// - Returns: whether it is another one than before.
  /// - Throws: `HTTPServerError` when the two do not make a server's identity; the one before stays.
  func replace(certificatePEM: String, keyPEM: String) throws(HTTPServerError) -> Bool {
    if let source = state.withLock(\.source), source == (certificatePEM, keyPEM) { return false }
    let identity = try TLSIdentity(certificateChainPEM: certificatePEM, privateKeyPEM: keyPEM)
    state.withLock { state in
      state.identity = identity
      state.source = (certificatePEM, keyPEM)
    }
    first.fire()
    onChange(identity)
    return true
  }
}
