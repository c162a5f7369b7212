internal import Questions

/// What is said to a server before the first question: who is asking, and for which database.
struct Opening: Sendable {
  var username: String?
  var password: SecretText?
  var database = 0
  /// Ask whether the server is a master: one that a Sentinel named may have been demoted since.
  var verifiesMaster = false

  private enum Step {
    case authentication, database, role
  }

  private var steps: [(step: Step, words: [String])] {
    var steps: [(Step, [String])] = []
    if let password, !password.isEmpty {
      let user = username.map { $0.isEmpty ? [] : [$0] } ?? []
      steps.append((.authentication, ["AUTH"] + user + [password.reveal()]))
    }
    if database != 0 { steps.append((.database, ["SELECT", String(database)])) }
    if verifiesMaster { steps.append((.role, ["ROLE"])) }
    return steps
  }

  /// The commands to send, in order; none when the server can be asked at once.
  var commands: [[String]] { steps.map(\.words) }

  /// What is wrong with the replies to `commands`; nil when the connection may be used.
  func failure(in replies: [RedisReply]) -> PipelineFailure? {
    for ((step, _), reply) in zip(steps, replies) {
      switch (step, reply) {
      case (.authentication, .error(let text)):
        // A server without a password lets everybody in, also somebody who brings one.
        if text.contains("without any password configured") || text.contains("no password is set") { continue }
        return PipelineFailure(Self.code(of: text), "AUTH: \(redacted(text))")
      case (.database, .error(let text)):
        return PipelineFailure(Self.code(of: text), "SELECT \(database): \(redacted(text))")
      // Some users may not ask for the role; then the Sentinel's word must do.
      case (.role, .error): continue
      case (.role, .array(let items)) where items.first == .string("master"): continue
      case (.role, _): return PipelineFailure(.refusedByServer, "this server is not the master any more")
      default: continue
      }
    }
    return nil
  }

  private static func code(of text: String) -> SourceError.Code {
    // The credentials may be right.
    let others = ["LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "ERR DB index", "ERR invalid DB index", "ERR SELECT"]
    return others.contains { text.hasPrefix($0) } ? .refusedByServer : .authenticationFailed
  }

  /// Servers and proxies that do not know AUTH repeat its arguments.
  private func redacted(_ text: String) -> String {
    guard let password, !password.isEmpty else { return text }
    return text.split(separator: password.reveal(), omittingEmptySubsequences: false).joined(separator: "<redacted>")
  }
}
