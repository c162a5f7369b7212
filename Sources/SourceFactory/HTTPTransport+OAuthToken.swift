internal import HTTPSource
internal import KafkaSource
internal import Questions

extension HTTPTransport {
  /// Asks the token endpoint of a Kafka cluster with SASL OAUTHBEARER: client credentials as in RFC 6749, section 4.4.
  ///
  /// - Returns: Every error names the token endpoint; none holds the secret or a part of the answer.
  func token(for request: OAuthTokenRequest, timeout: Duration = .seconds(10)) async -> Result<OAuthToken, SourceError>
  {
    let post = HTTPRequest(
      url: request.tokenEndpoint, headers: [.init("Authorization", request.authorization)],
      body: .form(SecretText(request.body)))
    guard let post else {
      // Not quoted: it may hold a password.
      return .failure(
        SourceError(
          .unusableConfiguration,
          "oauthTokenEndpointUri: write a URL without user and password, such as https://login.example/token"))
    }
    switch await perform(post, timeout: timeout) {
    case .failure(let error): return .failure(SourceError(error.code, "token endpoint \(error.message)"))
    case .success(let answer): return Result { () throws(SourceError) in try OAuthToken(answer: answer, from: request) }
    }
  }
}
