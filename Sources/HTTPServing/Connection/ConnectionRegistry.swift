internal import NIOCore
internal import Synchronization

/// The open connections: how many there may be, and whom to tell when the server stops.
final class ConnectionRegistry: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isClosing = false
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes a new connection in; false when there is no room or the server is stopping: close it.
  func admit(_ channel: any Channel) -> Bool {
    let identifier = ObjectIdentifier(channel)
    let admitted = state.withLock { state in
      guard !state.isClosing, state.channels.count < limit else { return false }
      state.channels[identifier] = channel
      return true
    }
    if admitted {
      channel.closeFuture.whenComplete { _ in
        _ = self.state.withLock { $0.channels.removeValue(forKey: identifier) }
      }
    }
    return admitted
  }

  var count: Int { state.withLock { $0.channels.count } }

  /// No new connections from here on.
  ///
  /// - Returns: those that are open; nil when it was closing already.
  func beginClosing() -> [any Channel]? {
    state.withLock { state in
      guard !state.isClosing else { return nil }
      state.isClosing = true
      return Array(state.channels.values)
    }
  }

  var open: [any Channel] { state.withLock { Array($0.channels.values) } }
}
