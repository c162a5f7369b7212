/// A Kafka cluster, with credentials.
public struct KafkaEndpoint: Hashable, Sendable, CustomStringConvertible {
  public enum SASL: Hashable, Sendable {
    case plain(username: String, password: SecretText)
    case scramSHA256(username: String, password: SecretText)
    case scramSHA512(username: String, password: SecretText)
    /// OAuth 2 client credentials: a token is fetched from `tokenEndpoint`.
    case oauthBearer(
      tokenEndpoint: String, clientID: String, clientSecret: SecretText, scopes: [String],
      extensions: [String: String])
    /// Kerberos, with the settings that librdkafka wants (`sasl.kerberos.…`); secrets never among them.
    case gssapi(settings: [String: String])
  }

  public var bootstrapServers: [String]
  public var tls: TLSOptions?
  public var sasl: SASL?

  public init(bootstrapServers: [String], tls: TLSOptions? = nil, sasl: SASL? = nil) {
    self.bootstrapServers = bootstrapServers
    self.tls = tls
    self.sasl = sasl
  }

  public var description: String { "kafka\(tls == nil ? "" : "s")://\(bootstrapServers.joined(separator: ","))" }
}

/// Where a consumer group stands in its topics.
public struct KafkaQuestion: Hashable, Sendable {
  public enum Topics: Hashable, Sendable {
    /// One topic, by default with all its partitions.
    case one(String, partitions: [Int32]?)
    /// Every topic for which the group has committed offsets.
    case allCommitted
  }

  public var group: String
  public var topics: Topics

  public init(group: String, topics: Topics) {
    self.group = group
    self.topics = topics
  }
}

/// Offsets by topic and partition. A topic that was asked for and does not exist is an error of the source, not an empty
/// entry; a topic with none of the selected partitions is an empty entry.
public struct KafkaAnswer: Hashable, Sendable {
  public var topics: [String: [Int32: PartitionOffsets]]

  public init(topics: [String: [Int32: PartitionOffsets]]) { self.topics = topics }
}

public struct PartitionOffsets: Hashable, Sendable {
  /// The offset of the next message to be written; nil when the broker left the partition out.
  public var end: Int64?
  /// The next offset that the group will read; -1 when it never committed one; nil when the broker left the partition out.
  public var committed: Int64?
  /// What the broker says is wrong with this partition.
  public var error: String?

  public init(end: Int64?, committed: Int64?, error: String? = nil) {
    self.end = end
    self.committed = committed
    self.error = error
  }
}
