internal import CHiredis
internal import Questions

/// Puts the items that hiredis finds together into replies. hiredis reads depth first, so an item always belongs to the
/// innermost array that is not yet full; nothing of hiredis' own reply tree is allocated.
///
/// The functions that hiredis calls get this object through the reader's `privdata`.
final class ReplyBuilder {
  private struct OpenArray {
    var missing: Int
    var items: [RedisReply]
  }

  private let maxElements: Int
  private var open: [OpenArray] = []
  private var finished: RedisReply?
  /// An array announced more elements than can fit into a reply of the largest size.
  private(set) var announcedTooMany = false

  init(maxElements: Int) {
    self.maxElements = maxElements
  }

  /// The reply that was completed last; nil when there is none, or when it was taken already.
  func takeFinished() -> RedisReply? {
    defer { finished = nil }
    return finished
  }

  func add(_ item: RedisReply) {
    var item = item
    while var innermost = open.popLast() {
      innermost.items.append(item)
      innermost.missing -= 1
      if innermost.missing > 0 {
        open.append(innermost)
        return
      }
      item = .array(innermost.items)
    }
    finished = item
  }

  /// False when the array is larger than any reply may be.
  func beginArray(count: Int) -> Bool {
    guard count <= maxElements else {
      announcedTooMany = true
      return false
    }
    if count <= 0 {
      add(.array([]))
    } else {
      var items: [RedisReply] = []
      // Memory follows what has come, not what was announced.
      items.reserveCapacity(min(count, 16))
      open.append(OpenArray(missing: count, items: items))
    }
    return true
  }
}

extension ReplyBuilder {
  /// What hiredis wants back as "the object": it only asks whether it is nil.
  private static var token: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

  private static func of(_ task: UnsafePointer<redisReadTask>?) -> ReplyBuilder? {
    guard let context = task?.pointee.privdata else { return nil }
    return Unmanaged<ReplyBuilder>.fromOpaque(context).takeUnretainedValue()
  }

  /// The callbacks for a reader whose `privdata` is an unretained `ReplyBuilder`. A nil result makes hiredis stop with
  /// an out-of-memory error.
  static func callbacks() -> redisReplyObjectFunctions {
    redisReplyObjectFunctions(
      createString: { task, text, length in
        guard let task, let builder = ReplyBuilder.of(task) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: text, count: text == nil ? 0 : length)
        let string = String(decoding: bytes, as: UTF8.self)
        builder.add(task.pointee.type == REDIS_REPLY_ERROR ? .error(string) : .string(string))
        return ReplyBuilder.token
      },
      createArray: { task, count in
        guard let builder = ReplyBuilder.of(task), builder.beginArray(count: Int(count)) else { return nil }
        return ReplyBuilder.token
      },
      createInteger: { task, value in
        guard let builder = ReplyBuilder.of(task) else { return nil }
        builder.add(.integer(value))
        return ReplyBuilder.token
      },
      createNil: { task in
        guard let builder = ReplyBuilder.of(task) else { return nil }
        builder.add(.null)
        return ReplyBuilder.token
      },
      freeObject: { _ in })
  }
}
