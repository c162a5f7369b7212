internal import NIOCore
internal import Questions

extension RedisNode {
  /// How often the rest of a batch is sent again after it suffered for another's sake.
  private static let maxRepeats = 2
  /// How many replies of one batch may be too large before the rest is given up.
  private static let maxOversized = 3

  /// One result per command, in order. Commands whose connection broke under them through no fault of theirs are sent
  /// once more: the first batch after an idle connection was cut does not fail.
  nonisolated func replies(
    to commands: [RedisCommand], before deadline: AskDeadline
  ) async -> [Result<RedisReply, SourceError>] {
    var results: [Result<RedisReply, SourceError>] = []
    results.reserveCapacity(commands.count)
    var bytesLeft = limits.maxBatchBytes
    var repeats = 0
    var oversized = 0
    var encoder = CommandEncoder()

    while results.count < commands.count {
      let (bytes, count) = encode(commands[results.count...], with: &encoder)
      guard count > 0 else {
        results.append(.failure(SourceError(.unusableConfiguration, "\(label): a command has no words or too many")))
        continue
      }
      let outcome = await exchange(bytes, count: count, maxBytes: bytesLeft, before: deadline)
      bytesLeft = max(0, bytesLeft - outcome.bytes)
      for reply in outcome.replies { results.append(result(of: reply)) }
      guard let failure = outcome.failure else { continue }

      let error = SourceError(failure.code, "\(label): \(failure.cause)")
      switch failure.rest {
      case .firstIsTooLarge where oversized < Self.maxOversized:
        oversized += 1
        results.append(.failure(error))
      case .mayBeAskedAgain where repeats < Self.maxRepeats && !deadline.hasPassed:
        repeats += 1
      default:
        while results.count < commands.count { results.append(.failure(error)) }
      }
    }
    return results
  }

  /// As many of the commands as are sent together, encoded.
  nonisolated private func encode(
    _ commands: ArraySlice<RedisCommand>, with encoder: inout CommandEncoder
  ) -> (bytes: ByteBuffer, count: Int) {
    let piece = commands.prefix(limits.pipelineDepth)
    var bytes = ByteBufferAllocator().buffer(capacity: 64 * piece.count)
    var count = 0
    for command in piece {
      guard encoder.encode(command.words, into: &bytes) else { break }
      count += 1
    }
    return (bytes, count)
  }

  /// A server's error is data, but for the one that says that nobody has logged in.
  nonisolated private func result(of reply: RedisReply) -> Result<RedisReply, SourceError> {
    if case .error(let text) = reply, text.hasPrefix("NOAUTH") {
      return .failure(SourceError(.authenticationFailed, "\(label): \(text)"))
    }
    return .success(reply)
  }
}
