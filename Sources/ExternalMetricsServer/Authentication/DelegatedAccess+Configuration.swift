internal import Foundation

extension DelegatedAccess {
  /// What the cluster's API server says about itself in the ConfigMap `kube-system/extension-apiserver-authentication`.
  public struct Configuration: Hashable, Sendable {
    /// Who may speak for others, and how; nil when the cluster has no aggregation layer.
    public var frontProxy: FrontProxy?
    /// The authorities of client certificates whose holders speak for themselves, as PEM; nil when there are none.
    public var clientAuthoritiesPEM: String?

    public init(frontProxy: FrontProxy? = nil, clientAuthoritiesPEM: String? = nil) {
      self.frontProxy = frontProxy
      self.clientAuthoritiesPEM = clientAuthoritiesPEM
    }

    /// Reads the `data` of the ConfigMap. Keys that are not there, or empty, say nothing; keys that nobody here knows are
    /// passed over.
    ///
    /// - Throws: ``DelegatedAccessError`` naming the key, when a list is no JSON list of strings, or the front proxy has
    ///   an authority and no header for the user's name. That a PEM text is none is told when it is put to use.
    public init(configMap data: [String: String]) throws(DelegatedAccessError) {
      clientAuthoritiesPEM = Self.text(data, "client-ca-file")
      guard let authorities = Self.text(data, "requestheader-client-ca-file") else { return }
      frontProxy = FrontProxy(
        authoritiesPEM: authorities,
        allowedNames: try Self.list(data, "requestheader-allowed-names"),
        userHeaders: try Self.headers(data, "requestheader-username-headers", example: "X-Remote-User"),
        uidHeaders: try Self.headers(data, "requestheader-uid-headers"),
        groupHeaders: try Self.headers(data, "requestheader-group-headers"),
        extraHeaderPrefixes: try Self.headers(data, "requestheader-extra-headers-prefix"))
    }

    private static func text(_ data: [String: String], _ key: String) -> String? {
      data[key].flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
    }

    private static func list(_ data: [String: String], _ key: String) throws(DelegatedAccessError) -> [String] {
      guard let text = text(data, key) else { return [] }
      guard let list = try? JSONDecoder().decode([String]?.self, from: Data(text.utf8)) ?? [] else {
        throw DelegatedAccessError(
          key: key, message: #"not a JSON list of strings: write it as ["first", "second"]"#)
      }
      return list
    }

    /// - Parameter example: given when at least one header is needed.
    private static func headers(
      _ data: [String: String], _ key: String, example: String? = nil
    ) throws(DelegatedAccessError) -> [String] {
      let names = try list(data, key).map { $0.trimmingCharacters(in: .whitespaces) }
      guard !names.contains("") else {
        throw DelegatedAccessError(key: key, message: "holds an empty header name: take it out")
      }
      if names.isEmpty, let example {
        throw DelegatedAccessError(
          key: key,
          message: "missing, though requestheader-client-ca-file is there: name a header, as in [\"\(example)\"]")
      }
      return names
    }
  }

  /// The front proxy (kube-aggregator): whose certificates it has, and in which headers it says who asks.
  public struct FrontProxy: Hashable, Sendable {
    /// The authorities of the proxy's own certificate, as PEM.
    public var authoritiesPEM: String
    /// Common names that the certificate may have; empty allows any.
    public var allowedNames: [String]
    /// The first that has a value tells the user's name.
    public var userHeaders: [String]
    public var uidHeaders: [String]
    public var groupHeaders: [String]
    public var extraHeaderPrefixes: [String]

    public init(
      authoritiesPEM: String, allowedNames: [String] = [], userHeaders: [String] = ["X-Remote-User"],
      uidHeaders: [String] = ["X-Remote-Uid"], groupHeaders: [String] = ["X-Remote-Group"],
      extraHeaderPrefixes: [String] = ["X-Remote-Extra-"]
    ) {
      self.authoritiesPEM = authoritiesPEM
      self.allowedNames = allowedNames
      self.userHeaders = userHeaders
      self.uidHeaders = uidHeaders
      self.groupHeaders = groupHeaders
      self.extraHeaderPrefixes = extraHeaderPrefixes
    }
  }
}
