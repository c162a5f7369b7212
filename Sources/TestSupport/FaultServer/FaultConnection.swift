internal import Foundation

/// One connection to a `FaultServer`, served on a thread of its own.
struct FaultConnection {
  private let descriptor: CInt
  private let id: Int
  private let state: FaultServer.State

  init(_ descriptor: CInt, _ id: Int, _ state: FaultServer.State) {
    self.descriptor = descriptor
    self.id = id
    self.state = state
  }

  func serve() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var unanswered: [UInt8] = []
    var hasAnswered = false
    defer { state.close(id) }
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      state.note(buffer[..<count])
      unanswered += buffer[..<count]
      switch state.behaviour {
      case .hang: unanswered = []
      case .reset(let bytes):
        _ = send(bytes)
        resetOnClose()
        return
      case .close(let bytes):
        _ = send(bytes)
        return
      case .answerOnce(let bytes):
        guard hasAnswered || send(bytes) else { return }
        hasAnswered = true
      case .answerOnceThenReset(let bytes):
        if hasAnswered { return resetOnClose() }
        guard send(bytes) else { return }
        hasAnswered = true
      case .answerAlways(let bytes): guard send(bytes) else { return }
      case .script(let answer):
        guard let bytes = answer(unanswered) else { continue }
        unanswered = []
        guard send(bytes) else { return }
      case .flood(let prefix, let filler, let total):
        guard send(prefix), flood(filler, total) else { return }
      }
    }
  }

  private func resetOnClose() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
  }

  private func flood(_ filler: UInt8, _ total: Int) -> Bool {
    let piece = [UInt8](repeating: filler, count: 65_536)
    var left = total
    while left > 0 {
      guard send(Array(piece.prefix(left))) else { return false }
      left -= piece.count
    }
    return true
  }

  private func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Self.noSignal) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  #if canImport(Glibc)
    private static let noSignal = CInt(MSG_NOSIGNAL)
  #else
    private static let noSignal: CInt = 0
  #endif
}
