internal import NIOHTTP1

/// What the headers of a request say about the connection, gathered in one pass. (The parser has refused the
/// combinations of lengths and encodings by which requests are smuggled.)
struct HTTP1Framing {
  var hosts = 0
  var contentLength: String?
  var expectsContinue = false
  /// The parser stops after a request that wants another protocol, which nobody here speaks.
  var mustClose: Bool

  init(_ head: HTTPRequestHead) {
    mustClose = head.method == .CONNECT
    for (name, value) in head.headers {
      // Names are compared only where the length fits: most headers cost one comparison of a number.
      switch name.utf8.count {
      case 4 where name.lowercased() == "host": hosts += 1
      case 6 where name.lowercased() == "expect": expectsContinue = value.lowercased() == "100-continue"
      case 7 where name.lowercased() == "upgrade": mustClose = true
      case 14 where name.lowercased() == "content-length": contentLength = value
      default: break
      }
    }
  }
}

extension HTTPMethod {
  init(_ method: NIOHTTP1.HTTPMethod) {
    switch method {
    case .GET: self = .get
    case .HEAD: self = .head
    default: self.init(method.rawValue)
    }
  }
}
