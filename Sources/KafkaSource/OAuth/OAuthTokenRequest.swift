public import Questions

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What to POST to get a token with client credentials (RFC 6749, section 4.4): `body` as
/// `application/x-www-form-urlencoded` to `tokenEndpoint`, with the header `Authorization: <authorization>`.
public struct OAuthTokenRequest: Hashable, Sendable {
  public var tokenEndpoint: String
  public var clientID: String
  public var clientSecret: SecretText
  public var scopes: [String]
  /// SASL extensions that go along with the token (RFC 7628).
  public var extensions: [String: String]

  public init(
    tokenEndpoint: String, clientID: String, clientSecret: SecretText, scopes: [String] = [],
    extensions: [String: String] = [:]
  ) {
    self.tokenEndpoint = tokenEndpoint
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.scopes = scopes
    self.extensions = extensions
  }

  /// nil unless the endpoint's mechanism is OAUTHBEARER.
  public init?(endpoint: KafkaEndpoint) {
    guard
      case .oauthBearer(let tokenEndpoint, let clientID, let clientSecret, let scopes, let extensions) = endpoint.sasl
    else { return nil }
    self.init(
      tokenEndpoint: tokenEndpoint, clientID: clientID, clientSecret: clientSecret, scopes: scopes,
      extensions: extensions)
  }

  /// `grant_type=client_credentials&scope=a%20b`; holds no secret.
  public var body: String {
    let scope = scopes.filter { !$0.isEmpty }.joined(separator: " ")
    return "grant_type=client_credentials" + (scope.isEmpty ? "" : "&scope=" + Self.formEncoded(scope))
  }

  /// `Basic …` of the client's identifier and secret, both form-encoded first, as RFC 6749 section 2.3.1 wants it.
  public var authorization: SecretText {
    let pair = "\(Self.formEncoded(clientID)):\(Self.formEncoded(clientSecret.reveal()))"
    return SecretText("Basic " + Data(pair.utf8).base64EncodedString())
  }

  /// The endpoint for messages: without its query, which may hold a key.
  var shownEndpoint: Substring { tokenEndpoint.prefix { $0 != "?" && $0 != "#" } }

  private static func formEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }
}
