internal import Autoscaling
internal import KubernetesAPI
internal import Questions

/// `redis-streams`, `redis-cluster-streams` and `redis-sentinel-streams`: how much of a stream waits.
struct RedisStreamsTrigger: ExternalTrigger {
  /// What is counted.
  enum Mode: Hashable {
    /// Entries in the stream: no `consumerGroup` is given.
    case length
    /// Entries that were delivered to the group and not acknowledged.
    case pending
    /// Entries that were not delivered to the group yet: `lagCount` is given. Needs Redis 7.
    case lag(includesPending: Bool)
  }

  let metric: ExternalMetric
  let activationThreshold: Double
  let endpoint: Endpoint
  let question: Question
  let mode: Mode
  let group: String
  let unknownKeys: [String]
  let notices: [FieldError]

  init(_ declaration: TriggerDeclaration) throws(TriggerError) {
    var reader = MetadataReader(declaration)
    let stream = reader.required(.init("stream", from: .metadata), "the name of the stream")?.text ?? ""
    let group = reader.text(.init("consumerGroup", from: .metadata)) ?? ""
    let targets = Targets(&reader)
    let includesPending = reader.bool(.init("includePendingEntries", from: .metadata))
    let activation = reader.integer(.init("activationLagCount", from: .metadata)) ?? 0
    let endpoint = reader.redisEndpoint(Self.kind(of: declaration.type))
    let targetType = reader.targetType()
    let alias = reader.text(.init("metricName", from: .metadata)) ?? "redis_stream_length"

    let (mode, target, field) = targets.choice(group: group, includesPending: includesPending)
    if includesPending, mode != .lag(includesPending: true) {
      reader.note("metadata.includePendingEntries", "has no effect without consumerGroup and lagCount")
    }
    reader.requirePositive(Quantity(integerTarget: target), written: String(target), field: "metadata.\(field)")
    unknownKeys = reader.unknownKeys
    notices = reader.notices
    self.endpoint = .redis(try reader.finish(with: endpoint))
    self.group = group
    self.mode = mode
    activationThreshold = Double(activation)
    question = .redis(Self.question(mode, stream: stream, group: group))
    metric = ExternalMetric(
      name: MetricName.indexed(MetricName.normalized("redis-streams-" + stream), by: declaration.index),
      alias: alias, targetType: targetType, target: Quantity(integerTarget: target))
  }

  private static func kind(of type: String) -> MetadataReader.RedisKind {
    switch type {
    case "redis-cluster-streams": .cluster
    case "redis-sentinel-streams": .sentinel
    default: .standalone
    }
  }

  private static func question(_ mode: Mode, stream: String, group: String) -> RedisQuestion {
    let length = RedisCommand(["XLEN", stream], key: stream)
    return switch mode {
    case .length: RedisQuestion([length])
    case .pending: RedisQuestion([RedisCommand(["XPENDING", stream, group], key: stream)])
    case .lag:
      RedisQuestion([
        RedisCommand(["INFO", "server"], key: nil),
        RedisCommand(["XINFO", "GROUPS", stream], key: stream),
        length,
      ])
    }
  }

  /// The three targets that a manifest may name; which one counts follows from the others.
  private struct Targets {
    var length: Int64
    var pending: Int64
    var lag: Int64

    init(_ reader: inout MetadataReader) {
      length = reader.integer(.init("streamLength", from: .metadata)) ?? 5
      pending = reader.integer(.init("pendingEntriesCount", from: .metadata)) ?? 5
      lag = reader.integer(.init("lagCount", from: .metadata)) ?? 0
    }

    func choice(group: String, includesPending: Bool) -> (Mode, target: Int64, field: String) {
      if group.isEmpty { return (.length, length, "streamLength") }
      if lag != 0 { return (.lag(includesPending: includesPending), lag, "lagCount") }
      return (.pending, pending, "pendingEntriesCount")
    }
  }
}
