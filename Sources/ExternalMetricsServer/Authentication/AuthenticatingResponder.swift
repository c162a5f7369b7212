public import HTTPServing

/// Lets through to a responder what ``DelegatedAccess`` allows, and answers the rest with 401, 403 or 503.
///
/// A request that memory can judge is passed on at once, on the event loop.
public struct AuthenticatingResponder: HTTPResponder {
  private let access: DelegatedAccess
  private let responder: any HTTPResponder
  private let onRefusal: ExternalMetricsResponder.Observer

  /// - Parameter onRefusal: told the status of each answer that is given instead of the responder's, and how long it
  ///   took. Called on the event loop; must be quick.
  public init(
    _ access: DelegatedAccess, _ responder: any HTTPResponder,
    onRefusal: @escaping ExternalMetricsResponder.Observer = { _, _ in }
  ) {
    self.access = access
    self.responder = responder
    self.onRefusal = onRefusal
  }

  public var maximumBody: Int { responder.maximumBody }

  public func respond(to request: HTTPRequest) -> HTTPReply {
    if access.isKnownReader(request) { return responder.respond(to: request) }
    let start = ContinuousClock.now
    switch access.checkInMemory(request) {
    case .allowed:
      return responder.respond(to: request)
    case .refused(let response):
      onRefusal(response.status, ContinuousClock.now - start)
      return .now(response)
    case .unknown:
      return .later { await answerLater(request, start: start) }
    }
  }

  private func answerLater(_ request: HTTPRequest, start: ContinuousClock.Instant) async -> HTTPResponse {
    if let refusal = await access.check(request) {
      onRefusal(refusal.status, ContinuousClock.now - start)
      return refusal
    }
    switch responder.respond(to: request) {
    case .now(let response): return response
    case .later(let makeResponse): return await makeResponse()
    }
  }
}
