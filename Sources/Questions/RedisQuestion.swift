/// A Redis server, a set of Sentinels that know one, or a Redis Cluster.
public struct RedisEndpoint: Hashable, Sendable, CustomStringConvertible {
  public enum Topology: Hashable, Sendable {
    case standalone(HostPort)
    /// The seed nodes of a Redis Cluster.
    case cluster([HostPort])
    /// Sentinels to ask for the address of the master called `master`.
    case sentinel([HostPort], master: String, username: String?, password: SecretText?)
  }

  public var topology: Topology
  public var username: String?
  public var password: SecretText?
  /// The database that SELECT chooses; 0 for a cluster.
  public var database: Int
  public var tls: TLSOptions?

  public init(
    topology: Topology, username: String? = nil, password: SecretText? = nil, database: Int = 0, tls: TLSOptions? = nil
  ) {
    self.topology = topology
    self.username = username
    self.password = password
    self.database = database
    self.tls = tls
  }

  /// `redis://host:6379/0`, `rediss://…` with TLS, `redis-cluster://a:1,b:2`, `redis-sentinel://a:1/master`.
  public var description: String {
    let tlsMark = tls == nil ? "" : "s"
    func join(_ addresses: [HostPort]) -> String { addresses.map(\.description).joined(separator: ",") }
    return switch topology {
    case .standalone(let address): "redis\(tlsMark)://\(address)/\(database)"
    case .cluster(let addresses): "redis\(tlsMark)-cluster://\(join(addresses))"
    case .sentinel(let addresses, let master, _, _):
      "redis\(tlsMark)-sentinel://\(join(addresses))/\(master)/\(database)"
    }
  }
}

/// A few read-only commands whose replies together answer one trigger. Equal commands of one batch are sent once.
public struct RedisQuestion: Hashable, Sendable {
  public var commands: [RedisCommand]

  public init(_ commands: [RedisCommand]) { self.commands = commands }
}

public struct RedisCommand: Hashable, Sendable {
  /// The command and its arguments: `["XLEN", "orders"]`.
  public var words: [String]
  /// The key that decides the node of a cluster; nil for commands that any node answers (`INFO server`).
  public var key: String?

  public init(_ words: [String], key: String?) {
    self.words = words
    self.key = key
  }
}

/// One reply per command of the question, in order.
public struct RedisAnswer: Hashable, Sendable {
  public var replies: [RedisReply]

  public init(_ replies: [RedisReply]) { self.replies = replies }
}

/// A RESP2 reply. Text that is not UTF-8 arrives with replacement characters.
public enum RedisReply: Hashable, Sendable {
  case null
  case integer(Int64)
  /// A simple or bulk string.
  case string(String)
  /// `-ERR …`: the text with its leading word.
  case error(String)
  case array([RedisReply])
}
