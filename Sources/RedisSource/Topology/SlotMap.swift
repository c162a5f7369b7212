internal import Questions

/// Which master of a cluster serves which slot, as `CLUSTER SLOTS` tells it.
struct SlotMap: Equatable, Sendable {
  /// The masters, each once.
  private(set) var masters: [HostPort] = []
  /// Position in `masters` by slot; `uncovered` where nobody serves the slot.
  private var owners = [UInt16](repeating: uncovered, count: KeySlot.count)

  private static let uncovered = UInt16.max

  /// Nil when the reply is not one of `CLUSTER SLOTS`, or names no master at all.
  /// - Parameter asked: the node that replied; it stands where the reply leaves the host out.
  init?(_ reply: RedisReply, asked: HostPort) {
    guard case .array(let ranges) = reply else { return nil }
    for range in ranges {
      guard case .array(let items) = range, items.count >= 3, case .integer(let first) = items[0],
        case .integer(let last) = items[1], 0 <= first, first <= last, last < Int64(KeySlot.count),
        let address = Self.address(in: items[2], asked: asked), let owner = position(of: address)
      else { return nil }
      for slot in Int(first)...Int(last) { owners[slot] = owner }
    }
    if masters.isEmpty { return nil }
  }

  func master(ofSlot slot: Int) -> HostPort? {
    guard owners.indices.contains(slot), owners[slot] != Self.uncovered else { return nil }
    return masters[Int(owners[slot])]
  }

  private mutating func position(of address: HostPort) -> UInt16? {
    if let known = masters.firstIndex(of: address) { return UInt16(known) }
    guard masters.count < 1_000 else { return nil }
    masters.append(address)
    return UInt16(masters.count - 1)
  }

  private static func address(in reply: RedisReply, asked: HostPort) -> HostPort? {
    guard case .array(let items) = reply, items.count >= 2, case .integer(let port) = items[1],
      (1...65_535).contains(port)
    else { return nil }
    switch items[0] {
    case .string(let host) where host != "" && host != "?": return HostPort(host: host, port: Int(port))
    case .string, .null: return HostPort(host: asked.host, port: Int(port))
    default: return nil
    }
  }
}
