internal import NIOCore

/// Who is at the other end of one connection, kept on its event loop. Worked out once, after the TLS handshake, and
/// again when the authorities have changed.
final class ConnectionPeer {
  private let certificate: ClientCertificate
  private let authorities: ClientAuthorities
  private let clock: @Sendable () -> Int64
  private let eventLoop: any EventLoop
  private(set) var identity: PeerIdentity
  /// Of the authorities by which `identity` was worked out.
  private var generation: Int

  /// - Parameter generation: read before `identity` was worked out.
  init(
    _ identity: PeerIdentity, of certificate: ClientCertificate, authorities: ClientAuthorities, generation: Int,
    clock: @escaping @Sendable () -> Int64, eventLoop: any EventLoop
  ) {
    self.identity = identity
    self.certificate = certificate
    self.authorities = authorities
    self.generation = generation
    self.clock = clock
    self.eventLoop = eventLoop
  }

  /// Whether the identity rests on the authorities of now.
  var isCurrent: Bool { authorities.generation == generation }

  /// Works the identity out anew, off the event loop, and keeps it.
  func renewal() -> @Sendable () async -> PeerIdentity {
    let peer = NIOLoopBound(self, eventLoop: eventLoop)
    let (certificate, authorities, clock, eventLoop) = (certificate, authorities, clock, eventLoop)
    return {
      let generation = authorities.generation
      let identity = await certificate.identity(known: authorities, at: clock())
      eventLoop.execute { peer.value.keep(identity, of: generation) }
      return identity
    }
  }

  /// Several may be on their way at once; an earlier one does not undo a later one.
  private func keep(_ identity: PeerIdentity, of generation: Int) {
    guard generation > self.generation else { return }
    self.identity = identity
    self.generation = generation
  }
}

extension ConnectionServices {
  /// Has a request answered that carries the identity of `peer`. When the authorities have changed since that was worked
  /// out, it is worked out first.
  func reply(to request: HTTPRequest, from peer: ConnectionPeer?) -> HTTPReply {
    guard let peer, !peer.isCurrent else { return responder.respond(to: request) }
    let (renewal, responder) = (peer.renewal(), responder)
    return .later {
      var request = request
      request.peer = await renewal()
      switch responder.respond(to: request) {
      case .now(let response): return response
      case .later(let makeResponse): return await makeResponse()
      }
    }
  }
}
