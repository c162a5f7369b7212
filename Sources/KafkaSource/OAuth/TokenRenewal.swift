internal import CRdkafka
internal import Questions
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Fetches tokens for one client whenever the library asks for one; at most one fetch is under way.
final class TokenRenewal: Sendable {
  private let request: OAuthTokenRequest
  private let fetch: KafkaSource.TokenFetch
  private let task = Mutex<Task<Void, Never>?>(nil)

  init(request: OAuthTokenRequest, fetch: @escaping KafkaSource.TokenFetch) {
    self.request = request
    self.fetch = fetch
  }

  func renew(for client: KafkaClient) {
    task.withLock { task in
      task?.cancel()
      task = Task { [weak client, request, fetch] in
        let result = await fetch(request)
        // A cancelled fetch has a successor, or a client that is going away.
        if Task.isCancelled { return }
        client?.accept(result, principal: request.clientID, extensions: request.extensions)
      }
    }
  }

  func stop() { task.withLock { $0?.cancel() } }
}

extension KafkaClient {
  /// Hands a token, or why there is none, to the library.
  fileprivate func accept(_ result: Result<OAuthToken, SourceError>, principal: String, extensions: [String: String]) {
    switch result {
    case .failure(let error): refuse(error.message)
    case .success(let token):
      var message = [CChar](repeating: 0, count: 256)
      // Keys and values alternate.
      let pairs = extensions.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
      var pointers: [UnsafePointer<CChar>?] = pairs.map { strdup($0).map { UnsafePointer($0) } }
      defer { for pointer in pointers { free(UnsafeMutableRawPointer(mutating: pointer)) } }
      let expiry = Self.now() + Int64(token.lifetime.wholeMilliseconds)
      let code = rd_kafka_oauthbearer_set_token(
        handle, token.value.reveal(), expiry, principal, &pointers, pointers.count, &message, message.count)
      // The library's own text may quote the token.
      if code != RD_KAFKA_RESP_ERR_NO_ERROR { refuse("the token or an extension has a form that SASL does not allow") }
    }
  }

  private func refuse(_ reason: String) {
    rd_kafka_oauthbearer_set_token_failure(handle, events.texts.cleaned(reason))
  }

  /// Milliseconds since 1970: the library compares the token's expiry with the wall clock.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
