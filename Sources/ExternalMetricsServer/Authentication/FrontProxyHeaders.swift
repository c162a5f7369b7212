internal import Foundation
internal import HTTPServing

extension DelegatedAccess.FrontProxy {
  /// Whom the front proxy speaks for; nil when it names nobody. To be asked only of a request that the front proxy sent.
  func user(of request: HTTPRequest) -> AccessUser? {
    guard let name = Self.first(userHeaders, of: request) else { return nil }
    var groups: [String] = []
    for header in groupHeaders {
      groups += request.headerValues(header).filter { !$0.isEmpty }
    }
    return AccessUser(
      name: name, uid: Self.first(uidHeaders, of: request) ?? "", groups: groups, extra: extra(of: request))
  }

  private static func first(_ headers: [String], of request: HTTPRequest) -> String? {
    for header in headers {
      if let value = request.header(header), !value.isEmpty { return value }
    }
    return nil
  }

  /// `X-Remote-Extra-Scopes: a` is `["scopes": ["a"]]`. What a header name cannot hold is percent-encoded in it.
  private func extra(of request: HTTPRequest) -> [String: [String]] {
    var extra: [String: [String]] = [:]
    for prefix in extraHeaderPrefixes {
      for (name, value) in request.headers where Self.hasPrefix(name, prefix) {
        let key = name.dropFirst(prefix.count).lowercased()
        extra[key.utf8.contains(UInt8(ascii: "%")) ? key.removingPercentEncoding ?? key : key, default: []]
          .append(value)
      }
    }
    return extra
  }

  /// Without regard to case. Header names are ASCII.
  static func hasPrefix(_ name: String, _ prefix: String) -> Bool {
    guard name.utf8.count >= prefix.utf8.count else { return false }
    return zip(name.utf8, prefix.utf8).allSatisfy { lowercased($0) == lowercased($1) }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
