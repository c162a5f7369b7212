internal import KubernetesAPI
internal import Questions

extension Answer {
  /// An answer on one line, shortened, for people.
  var summary: String {
    switch self {
    case .redis(let answer): answer.replies.map(\.summary).joined(separator: " | ").shortenedLine
    case .kafka(let answer):
      answer.topics.sorted { $0.key < $1.key }.map { topic, partitions in
        let parts = partitions.sorted { $0.key < $1.key }.map { partition, offsets in
          offsets.error
            ?? "\(partition): \(offsets.committed.map(String.init) ?? "?")/\(offsets.end.map(String.init) ?? "?")"
        }
        return "\(topic) {\(parts.joined(separator: ", "))}"
      }
      .joined(separator: " ").shortenedLine
    case .http(let answer):
      "HTTP \(answer.status) \(String(decoding: answer.body.prefix(300), as: UTF8.self))".shortenedLine
    }
  }
}

extension RedisReply {
  fileprivate var summary: String {
    switch self {
    case .null: "null"
    case .integer(let number): "\(number)"
    case .string(let text): text
    case .error(let text): "error: \(text)"
    case .array(let replies): "[" + replies.map(\.summary).joined(separator: ", ") + "]"
    }
  }
}

extension String {
  /// On one line and at most 160 characters.
  fileprivate var shortenedLine: String {
    shortened(String(map { $0.isNewline ? " " : $0 }), to: 160)
  }
}
