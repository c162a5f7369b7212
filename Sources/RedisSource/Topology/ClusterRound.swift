internal import Questions

/// One batch on its way through a cluster: which command goes where, what came back, and what has to go elsewhere.
struct ClusterRound {
  /// Commands for one node.
  struct Errand: Sendable {
    var address: HostPort
    /// Each command follows an ASKING, whose reply is dropped.
    var isAsking: Bool
    /// Positions in the batch.
    var positions: [Int]
    var commands: [RedisCommand]

    /// What is sent: with ASKING before each command where that is due.
    var wireCommands: [RedisCommand] {
      isAsking ? commands.flatMap { [RedisCommand(["ASKING"], key: nil), $0] } : commands
    }
  }

  private struct Way: Hashable {
    var address: HostPort
    var isAsking: Bool
  }

  private let commands: [RedisCommand]
  private(set) var results: [Result<RedisReply, SourceError>]
  private var assigned: [Way: [Int]] = [:]
  private var redirected: [(position: Int, redirect: Redirect)] = []
  /// Positions whose node could not be asked, and that node.
  private var stranded: [(position: Int, address: HostPort)] = []
  private(set) var needsNewMap = false

  var hasRedirects: Bool { !redirected.isEmpty }

  /// - Parameter label: the endpoint's name, for messages.
  init(_ commands: [RedisCommand], map: SlotMap, label: String) {
    self.commands = commands
    results = []
    results.reserveCapacity(commands.count)
    for (position, command) in commands.enumerated() {
      let slot = command.key.map { KeySlot.slot(of: $0) }
      let address = slot.map { map.master(ofSlot: $0) } ?? map.masters.first
      if let address {
        assigned[Way(address: address, isAsking: false), default: []].append(position)
        results.append(.failure(SourceError(.connectionLost, "\(label): not asked")))
      } else {
        needsNewMap = true
        let text = "\(label): no node of the cluster serves the key's slot \(slot ?? 0)"
        results.append(.failure(SourceError(.refusedByServer, text)))
      }
    }
  }

  /// What is to be sent now.
  mutating func takeErrands() -> [Errand] {
    defer { assigned = [:] }
    return assigned.map { way, positions in
      Errand(
        address: way.address, isAsking: way.isAsking, positions: positions, commands: positions.map { commands[$0] })
    }
  }

  mutating func receive(_ replies: [Result<RedisReply, SourceError>], for errand: Errand) {
    let stride = errand.isAsking ? 2 : 1
    for (index, position) in errand.positions.enumerated() {
      let reply = replies[index * stride + stride - 1]
      results[position] = reply
      switch reply {
      case .success(.error(let text)):
        if let redirect = Redirect(text, asked: errand.address) {
          redirected.append((position, redirect))
          if case .moved = redirect { needsNewMap = true }
        } else if text.hasPrefix("CLUSTERDOWN") {
          needsNewMap = true
        }
      case .success: break
      case .failure(let error):
        guard [.connectionRefused, .connectionLost, .unreachable, .timedOut].contains(error.code) else { continue }
        needsNewMap = true
        stranded.append((position, errand.address))
      }
    }
  }

  /// Assigns what was redirected or stranded to where it belongs now. False when there is nothing to send again.
  mutating func prepareSecondAttempt(map: SlotMap) -> Bool {
    for (position, redirect) in redirected {
      switch redirect {
      case .moved(let address): assigned[Way(address: address, isAsking: false), default: []].append(position)
      case .ask(let address): assigned[Way(address: address, isAsking: true), default: []].append(position)
      }
    }
    for (position, failed) in stranded {
      let other =
        commands[position].key.map { map.master(ofSlot: KeySlot.slot(of: $0)) }
        ?? map.masters.first { $0 != failed }
      if let other, other != failed { assigned[Way(address: other, isAsking: false), default: []].append(position) }
    }
    redirected = []
    stranded = []
    return !assigned.isEmpty
  }
}
