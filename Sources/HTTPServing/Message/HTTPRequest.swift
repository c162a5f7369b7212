internal import NIOHTTP1

/// One request, whatever version of HTTP it came by.
///
/// The hot path costs little: the path is decoded only where it has an escape, a query value only where it is asked
/// for.
public struct HTTPRequest: Sendable {
  public let method: HTTPMethod
  /// The path, percent-decoded, without the query; `*` for `OPTIONS *`. Bytes that are no UTF-8 read as U+FFFD.
  public let path: Substring
  /// The query as it was sent, without the `?`; empty when there is none.
  public let rawQuery: Substring
  /// The whole body, where the responder wants one (``HTTPResponder/maximumBody``); empty otherwise.
  public let body: [UInt8]
  /// The certificate that the client showed; nil when it showed none, or was not asked
  /// (``HTTPServerConfiguration/clientAuthorities``). Its names mean nothing unless an authority vouches for them.
  public internal(set) var peer: PeerIdentity?
  let fields: HTTPHeaders

  /// A request as a test or another front end would make it.
  ///
  /// - Parameters:
  ///   - target: the request target: `/path?query`, or in absolute form `http://host/path?query`.
  ///   - headers: name and value pairs; names match without regard to case.
  /// - Returns: nil when the target is empty, is neither a path nor a URL, or has a `%` that two hexadecimal digits do
  ///   not follow.
  public init?(
    method: HTTPMethod, target: String, headers: [(String, String)] = [], body: [UInt8] = [], peer: PeerIdentity? = nil
  ) {
    self.init(method: method, target: target, fields: HTTPHeaders(headers), body: body, peer: peer)
  }

  init?(method: HTTPMethod, target: String, fields: HTTPHeaders, body: [UInt8] = [], peer: PeerIdentity? = nil) {
    var target = target[...]
    if target.utf8.first != UInt8(ascii: "/") {
      guard let path = Self.pathOfUnusualTarget(target, method: method) else { return nil }
      target = path
    }
    let scan = target.withUTF8(TargetScan.init)
    guard scan.isWellFormed else { return nil }
    let bytes = target.utf8
    let end = bytes.index(bytes.startIndex, offsetBy: scan.pathLength)
    path = scan.isPathEncoded ? PercentEncoding.decode(target[..<end])[...] : target[..<end]
    rawQuery = end == bytes.endIndex ? "" : target[bytes.index(after: end)...]
    self.method = method
    self.fields = fields
    self.body = body
    self.peer = peer
  }

  /// The first value of a header, or nil.
  public func header(_ name: String) -> String? {
    fields.isEmpty ? nil : fields.first(name: name)
  }

  /// All values of a header, in the order sent; one that holds a comma stays whole.
  public func headerValues(_ name: String) -> [String] {
    fields[name]
  }

  /// Every header as it was sent, in order. Names match without regard to case.
  public var headers: some Sequence<(name: String, value: String)> { fields }

  /// Absolute form (RFC 9112 section 3.2.2) and `OPTIONS *`.
  private static func pathOfUnusualTarget(_ target: Substring, method: HTTPMethod) -> Substring? {
    if target == "*", method == .options { return target }
    let bytes = target.utf8
    let lowercased = target.prefix(8).lowercased()
    let schemeLength = lowercased == "https://" ? 8 : (lowercased.hasPrefix("http://") ? 7 : 0)
    guard schemeLength > 0 else { return nil }
    let authority = bytes.index(bytes.startIndex, offsetBy: schemeLength)
    guard let path = bytes[authority...].firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") })
    else { return authority < bytes.endIndex ? "/" : nil }
    guard path != authority else { return nil }
    return bytes[path] == UInt8(ascii: "/") ? target[path...] : "/" + target[path...]
  }
}

/// What one pass over the bytes of a request target tells.
private struct TargetScan {
  /// Bytes before the `?`, or all of them.
  var pathLength: Int
  var isPathEncoded = false
  /// Two hexadecimal digits follow every `%`.
  var isWellFormed = true

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    pathLength = bytes.count
    var isInQuery = false
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "%") {
        guard index + 1 < bytes.count, PercentEncoding.digit(bytes[index]) != nil,
          PercentEncoding.digit(bytes[index + 1]) != nil
        else {
          isWellFormed = false
          return
        }
        isPathEncoded = isPathEncoded || !isInQuery
        index += 2
      } else if byte == UInt8(ascii: "?"), !isInQuery {
        isInQuery = true
        pathLength = index - 1
      }
    }
  }
}
