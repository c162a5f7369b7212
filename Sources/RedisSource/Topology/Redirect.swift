internal import Questions

/// A cluster node's word that another one has the key.
enum Redirect: Equatable, Sendable {
  /// The slot has moved for good: the map is out of date.
  case moved(HostPort)
  /// The slot is on the move, and this key already is there; the other node answers after ASKING.
  case ask(HostPort)

  /// `MOVED 3999 127.0.0.1:6381`, `ASK 3999 [::1]:6381`; an empty host means the host of the node that replied.
  init?(_ error: String, asked: HostPort) {
    let words = error.split(separator: " ")
    guard words.count >= 3, let colon = words[2].lastIndex(of: ":"),
      let port = Int(words[2][words[2].index(after: colon)...]), (1...65_535).contains(port)
    else { return nil }
    var host = words[2][..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let address = HostPort(host: host.isEmpty ? asked.host : String(host), port: port)
    switch words[0] {
    case "MOVED": self = .moved(address)
    case "ASK": self = .ask(address)
    default: return nil
    }
  }
}
