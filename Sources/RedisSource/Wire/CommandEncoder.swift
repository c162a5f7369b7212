internal import CHiredis
internal import NIOCore
internal import Questions

/// Writes commands as RESP arrays into a buffer. hiredis does the formatting; the storage for its arguments is used
/// again from command to command.
struct CommandEncoder {
  /// No question of a trigger comes near this; redis itself takes no argument over 512 MB.
  static let maxCommandBytes = 16 << 20

  private var text: [UInt8] = []
  private var lengths: [Int] = []
  private var pointers: [UnsafePointer<CChar>?] = []

  /// Whether a server gives exactly one reply to these words: an empty command gets none, and a huge one is not sent.
  static func isSendable(_ words: [String]) -> Bool {
    var size = 0
    for word in words {
      let (sum, overflow) = size.addingReportingOverflow(word.utf8.count)
      guard !overflow, sum <= maxCommandBytes else { return false }
      size = sum
    }
    return !words.isEmpty
  }

  /// Appends one command. False, and nothing written, when it cannot be encoded.
  mutating func encode(_ words: [String], into buffer: inout ByteBuffer) -> Bool {
    guard Self.isSendable(words) else { return false }
    text.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    for word in words {
      let before = text.count
      text.append(contentsOf: word.utf8)
      lengths.append(text.count - before)
    }
    // A base address also for a command of empty words.
    text.append(0)
    return text.withUnsafeBytes { bytes in
      let characters = bytes.bindMemory(to: CChar.self)
      guard var next = characters.baseAddress else { return false }
      pointers.removeAll(keepingCapacity: true)
      for length in lengths {
        pointers.append(next)
        next += length
      }
      var formatted: UnsafeMutablePointer<CChar>?
      let count = redisFormatCommandArgv(&formatted, Int32(lengths.count), &pointers, lengths)
      guard count > 0, let formatted else { return false }
      defer { redisFreeCommand(formatted) }
      buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: Int(count)))
      return true
    }
  }
}
