public import Questions

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// An access token and how long it is good for.
public struct OAuthToken: Hashable, Sendable {
  public var value: SecretText
  /// Counted from when the token arrived. The library asks for the next one after four fifths of it.
  public var lifetime: Duration

  public init(value: SecretText, lifetime: Duration) {
    self.value = value
    self.lifetime = lifetime
  }

  private struct Response: Decodable {
    var accessToken: String?
    var expiresIn: Double?

    enum CodingKeys: String, CodingKey {
      case accessToken = "access_token"
      case expiresIn = "expires_in"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      accessToken = try container.decodeIfPresent(String.self, forKey: .accessToken)
      // Some servers write the number as a string.
      if let number = try? container.decodeIfPresent(Double.self, forKey: .expiresIn) {
        expiresIn = number
      } else {
        expiresIn = (try? container.decodeIfPresent(String.self, forKey: .expiresIn)).flatMap { Double($0) }
      }
    }
  }

  /// Reads a token server's answer: `{"access_token": "…", "expires_in": 3600}`. Without a usable `expires_in` the token
  /// counts for five minutes; a lifetime is kept between 10 seconds and a day.
  /// - Throws: `authenticationFailed` for a status other than 2xx, `malformedAnswer` for a body without a token. The body is
  ///   never quoted: it may hold the token.
  public init(answer: HTTPAnswer, from request: OAuthTokenRequest) throws(SourceError) {
    guard (200...299).contains(answer.status) else {
      throw SourceError(
        .authenticationFailed, "token endpoint \(request.shownEndpoint) answered with status \(answer.status)")
    }
    guard let response = try? JSONDecoder().decode(Response.self, from: Data(answer.body)),
      let text = response.accessToken, !text.isEmpty
    else {
      throw SourceError(
        .malformedAnswer, "token endpoint \(request.shownEndpoint) answered without a usable access_token")
    }
    let seconds = response.expiresIn.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } ?? 300
    self.init(value: SecretText(text), lifetime: .seconds(min(max(seconds, 10), 86_400)))
  }
}
