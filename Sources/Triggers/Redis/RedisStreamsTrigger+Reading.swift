internal import Autoscaling
internal import KubernetesAPI
internal import Questions

extension RedisStreamsTrigger {
  func outcome(of answer: Answer, memory: inout TriggerMemory) -> Reading.Outcome {
    guard case .redis(let answer) = answer else { return .unknown(.otherSource) }
    do {
      let count =
        switch mode {
        case .length: try integer(reply(0, of: answer), "XLEN")
        case .pending: try pendingCount(reply(0, of: answer))
        case .lag(let includesPending):
          try lag(
            info: reply(0, of: answer), groups: reply(1, of: answer), length: reply(2, of: answer),
            includesPending: includesPending)
        }
      return .value(Measurement(Double(count)))
    } catch {
      return .unknown(error)
    }
  }

  private func reply(_ index: Int, of answer: RedisAnswer) throws(UnknownReason) -> RedisReply {
    guard answer.replies.indices.contains(index) else {
      throw UnknownReason(code: "malformedAnswer", message: "Redis answered fewer commands than it was sent")
    }
    return answer.replies[index]
  }

  private func integer(_ reply: RedisReply, _ command: String) throws(UnknownReason) -> Int64 {
    switch reply {
    case .integer(let value): return value
    case .error(let text): throw .redis(text)
    default: throw .wrongType(command, "a number", reply)
    }
  }

  /// XPENDING's summary: the count, the first and last id, the consumers.
  private func pendingCount(_ reply: RedisReply) throws(UnknownReason) -> Int64 {
    switch reply {
    case .array(let parts):
      guard case .integer(let count)? = parts.first else { throw .wrongType("XPENDING", "a summary", reply) }
      return count
    case .error(let text): throw .redis(text)
    default: throw .wrongType("XPENDING", "a summary", reply)
    }
  }

  /// KEDA's rule: Redis must be 7 or newer; no stream means 0; no such group, or groups that cannot be read, means that
  /// the whole stream waits. A lag that Redis does not know is unknown here (KEDA takes it for 0).
  private func lag(
    info: RedisReply, groups: RedisReply, length: RedisReply, includesPending: Bool
  ) throws(UnknownReason) -> Int64 {
    try requireLag(info)
    switch groups {
    case .error("ERR no such key"): return 0
    case .error: return try integer(length, "XLEN")
    case .array(let entries):
      for entry in entries {
        let fields = try fields(of: entry)
        guard case .string(let name)? = fields["name"] else { throw .wrongType("XINFO GROUPS", "named groups", groups) }
        if name == group { return try lag(fields, includesPending: includesPending) }
      }
      return try integer(length, "XLEN")
    default: throw .wrongType("XINFO GROUPS", "a list of groups", groups)
    }
  }

  private func lag(_ fields: [String: RedisReply], includesPending: Bool) throws(UnknownReason) -> Int64 {
    let lag: Int64
    switch fields["lag"] {
    case .integer(let value): lag = value
    case .null, nil:
      throw UnknownReason(
        code: "lagUnknown",
        message:
          "Redis does not know the lag of group \"\(shortened(group))\": it loses count when entries are removed "
          + "(XDEL, XTRIM) ahead of the group, or when the group was created in the middle of the stream. Count "
          + "pending entries instead (pendingEntriesCount without lagCount), or set the group again with "
          + "XGROUP SETID … ENTRIESREAD")
    case let other?: throw .wrongType("XINFO GROUPS", "a number as lag", other)
    }
    guard includesPending else { return lag }
    guard case .integer(let pending)? = fields["pending"] else {
      throw UnknownReason(
        code: "wrongType", message: "Redis answered XINFO GROUPS without the number of pending entries")
    }
    return lag.addingSaturating(pending)
  }

  /// A flat list of names and values, as RESP2 has maps.
  private func fields(of entry: RedisReply) throws(UnknownReason) -> [String: RedisReply] {
    guard case .array(let parts) = entry, parts.count % 2 == 0 else {
      throw .wrongType("XINFO GROUPS", "pairs of name and value", entry)
    }
    var fields: [String: RedisReply] = [:]
    for index in stride(from: 0, to: parts.count, by: 2) {
      guard case .string(let name) = parts[index] else {
        throw .wrongType("XINFO GROUPS", "named fields", parts[index])
      }
      fields[name] = parts[index + 1]
    }
    return fields
  }

  /// Throws unless `INFO server` tells a version that knows a group's lag.
  private func requireLag(_ info: RedisReply) throws(UnknownReason) {
    let text: String
    switch info {
    case .string(let value): text = value
    case .error(let message): throw .redis(message)
    default: throw .wrongType("INFO", "text", info)
    }
    let lines = text.split(whereSeparator: \.isNewline)
    guard let line = lines.first(where: { $0.hasPrefix("redis_version:") }) else {
      throw UnknownReason(
        code: "versionUnknown", message: "Redis did not tell its version: INFO server has no redis_version")
    }
    let version = line.dropFirst("redis_version:".count).trimmedAsInGo
    guard let major = Int(version.prefix { $0 != "." }) else {
      throw UnknownReason(
        code: "versionUnknown", message: "Redis tells the version \"\(shortened(version))\", which is not a number")
    }
    guard major >= 7 else {
      throw UnknownReason(
        code: "versionTooOld",
        message: "Redis \(shortened(version)) does not report the lag of consumer groups: use Redis 7 or newer, or "
          + "pendingEntriesCount without lagCount")
    }
  }
}

extension UnknownReason {
  /// The server refused the command, in its own words.
  fileprivate static func redis(_ text: String) -> UnknownReason {
    let (code, advice): (String, String) =
      switch text.prefix(while: { $0 != " " }) {
      case "NOGROUP": ("noSuchGroup", "create stream and group with XGROUP CREATE … MKSTREAM")
      case "WRONGTYPE": ("wrongType", "the key is not a stream")
      case "NOAUTH", "WRONGPASS": ("authenticationFailed", "give username and password in a TriggerAuthentication")
      case "NOPERM": ("authenticationFailed", "allow the user XLEN, XPENDING, XINFO and INFO")
      case "LOADING": ("loading", "Redis is still reading its data")
      case "MOVED", "ASK": ("refusedByServer", "this is a cluster: write type: redis-cluster-streams")
      default: ("refusedByServer", "")
      }
    let words = "Redis refused: \(shortened(text, to: 200))"
    return UnknownReason(code: code, message: advice.isEmpty ? words : "\(words) (\(advice))")
  }

  fileprivate static func wrongType(_ command: String, _ wanted: String, _ reply: RedisReply) -> UnknownReason {
    let found =
      switch reply {
      case .null: "nothing"
      case .integer: "a number"
      case .string: "text"
      case .error: "an error"
      case .array: "a list"
      }
    return UnknownReason(code: "wrongType", message: "Redis answered \(command) with \(found), not with \(wanted)")
  }

  /// The answer belongs to another kind of source: a defect of the caller.
  static let otherSource = UnknownReason(
    code: "wrongSource", message: "the answer came from another kind of source: please report this defect of Swell")
}
