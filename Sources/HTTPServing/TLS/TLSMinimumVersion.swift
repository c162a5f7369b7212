/// A version of TLS that the server can be told to ask for.
public enum TLSMinimumVersion: String, Hashable, Sendable, CaseIterable {
  case tls12 = "1.2"
  case tls13 = "1.3"
}
