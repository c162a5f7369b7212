internal import Crypto
internal import HTTPServing
internal import KubernetesAPI

extension DelegatedAccess {
  /// A token as memory knows it: its hash, never the token.
  typealias TokenKey = SHA256.Digest

  /// What a request brings to say who asks.
  enum Credentials {
    /// A user that TLS proves.
    case user(AccessUser, isProxied: Bool)
    case token(BearerToken)
    case none
  }

  /// In Kubernetes' order: the front proxy, client certificates, tokens. What proves nothing is passed over, so that a
  /// header that anybody can write counts for nothing without the front proxy's certificate.
  func credentials(of request: HTTPRequest, _ active: Active) -> Credentials {
    if let peer = request.peer {
      let now = clock.now()
      if let proxy = active.configuration.frontProxy, proxy.isHolder(of: peer, at: now),
        var user = proxy.user(of: request)
      {
        user.addAuthenticatedGroup()
        return .user(user, isProxied: true)
      }
      if !peer.commonName.isEmpty, peer.isVerified(by: Self.clientBundle, at: now.wholeSeconds) {
        var user = AccessUser(name: peer.commonName, groups: peer.organizations)
        user.addAuthenticatedGroup()
        return .user(user, isProxied: false)
      }
    }
    guard let token = Self.bearerToken(request.header("authorization")) else { return .none }
    return .token(token)
  }

  /// Whether somebody who may read every metric asks for one, which is known without a closer look.
  func isKnownReader(_ request: HTTPRequest) -> Bool {
    guard let peer = request.peer, MetricListRequest.isOne(request) else { return false }
    let (now, active) = (clock.now(), active)
    guard let proxy = active.configuration.frontProxy, let callers = active.callers, proxy.isHolder(of: peer, at: now)
    else { return false }
    return callers.mayRead(request, at: now)
  }

  /// `Bearer TOKEN`, the scheme in any case.
  private static func bearerToken(_ header: String?) -> BearerToken? {
    guard let header else { return nil }
    let words = header.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].lowercased() == "bearer" else { return nil }
    return BearerToken(String(words[1]))
  }
}

extension DelegatedAccess.FrontProxy {
  /// Whether a certificate is the front proxy's.
  func isHolder(of peer: PeerIdentity, at now: Timestamp) -> Bool {
    peer.isVerified(by: DelegatedAccess.frontProxyBundle, at: now.wholeSeconds)
      && (allowedNames.isEmpty || allowedNames.contains(peer.commonName))
  }
}

extension Timestamp {
  /// Since 1970-01-01T00:00:00Z, rounded towards it.
  var wholeSeconds: Int64 { nanoseconds / 1_000_000_000 }
}
