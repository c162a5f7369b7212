internal import Foundation

/// The parts of a kubeconfig file that Swell understands. Unknown ones are skipped, as kubectl does.
struct Kubeconfig: Decodable {
  struct Named<Value: Decodable>: Decodable {
    var name: String
    var value: Value
    /// Where relative paths of this entry begin; set after reading.
    var folder = ""

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      name = try container.decode(String.self, forKey: Key("name"))
      let key = container.allKeys.first { ["cluster", "user", "context"].contains($0.stringValue) }
      value = try container.decode(Value.self, forKey: key ?? Key("cluster, user or context"))
    }
  }

  struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  struct Cluster: Decodable {
    var server: String?
    var authorityFile: String?
    var authorityData: String?
    var skipsVerification: Bool?
    var serverName: String?
    var proxy: String?

    private enum CodingKeys: String, CodingKey {
      case server
      case authorityFile = "certificate-authority"
      case authorityData = "certificate-authority-data"
      case skipsVerification = "insecure-skip-tls-verify"
      case serverName = "tls-server-name"
      case proxy = "proxy-url"
    }
  }

  struct User: Decodable {
    var certificateFile: String?
    var certificateData: String?
    var keyFile: String?
    var keyData: String?
    var token: String?
    var tokenFile: String?
    var username: String?
    var password: String?
    var impersonated: String?
    var exec: Plugin?
    var authProvider: Plugin?

    private enum CodingKeys: String, CodingKey {
      case certificateFile = "client-certificate"
      case certificateData = "client-certificate-data"
      case keyFile = "client-key"
      case keyData = "client-key-data"
      case token, tokenFile, username, password, exec
      case impersonated = "as"
      case authProvider = "auth-provider"
    }
  }

  /// A program (`exec`) or built-in module (`auth-provider`) that gets credentials.
  struct Plugin: Decodable {
    var command: String?
    var name: String?
  }

  struct Context: Decodable {
    var cluster: String?
    var user: String?
    var namespace: String?
  }

  var currentContext: String?
  var clusters: [Named<Cluster>]?
  var users: [Named<User>]?
  var contexts: [Named<Context>]?

  private enum CodingKeys: String, CodingKey {
    case currentContext = "current-context"
    case clusters, users, contexts
  }

  mutating func setFolder(_ folder: String) {
    clusters = clusters?.map { with($0, folder) }
    users = users?.map { with($0, folder) }
  }

  /// Adds what another file has; of entries with the same name, and of current contexts, the first stands.
  mutating func merge(_ other: Kubeconfig) {
    currentContext = currentContext.flatMap { $0.isEmpty ? nil : $0 } ?? other.currentContext
    clusters = (clusters ?? []) + (other.clusters ?? [])
    users = (users ?? []) + (other.users ?? [])
    contexts = (contexts ?? []) + (other.contexts ?? [])
  }

  private func with<Value>(_ entry: Named<Value>, _ folder: String) -> Named<Value> {
    var entry = entry
    entry.folder = folder
    return entry
  }
}
