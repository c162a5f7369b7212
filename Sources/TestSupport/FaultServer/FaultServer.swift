internal import Foundation

/// A TCP server on 127.0.0.1 that behaves badly in a chosen way, whatever protocol it is asked in.
///
/// One thread accepts, one per connection reads. Everything ends with `stop()` or with the object.
public final class FaultServer: Sendable {
  public enum Behaviour: Sendable {
    /// Accepts, reads, and never answers.
    case hang
    /// Sends these bytes after the first request bytes came, then resets the connection (RST).
    case reset(afterSending: [UInt8])
    /// The same, with an orderly close.
    case close(afterSending: [UInt8])
    /// Sends these bytes once, after the first request bytes came, and keeps the connection.
    case answerOnce([UInt8])
    /// Sends these bytes after the first request bytes of each connection came, and resets the connection when more come.
    case answerOnceThenReset([UInt8])
    /// Sends these bytes whenever request bytes come.
    case answerAlways([UInt8])
    /// Sends what the function makes of everything that came on this connection since its last answer; nil waits for
    /// more.
    case script(@Sendable ([UInt8]) -> [UInt8]?)
    /// Sends `prefix`, then as many of `filler` as asked for.
    case flood(prefix: [UInt8], filler: UInt8, count: Int)
  }

  public let port: Int
  private let listener: ListeningSocket
  private let state: State

  public init(_ behaviour: Behaviour, port: Int = 0) throws {
    listener = try ListeningSocket(port: port)
    self.port = listener.port
    state = State(behaviour)
    let listener = listener
    let state = state
    Thread.detachNewThread { Self.accept(on: listener, state) }
  }

  deinit { stop() }

  /// Connections now and later behave like this.
  public func behave(_ behaviour: Behaviour) { state.behave(behaviour) }

  /// Connections that were accepted since the start.
  public var acceptedConnections: Int { state.counts.accepted }
  /// Connections that neither side has closed.
  public var openConnections: Int { state.counts.open }
  /// Everything that was received, on all connections, in order of arrival; at most the first megabyte.
  public var received: [UInt8] { state.received }

  /// Closes the listener and all connections. Further calls do nothing.
  public func stop() {
    if state.stop() { listener.close() }
  }

  /// A port where connections are refused.
  public static func refusingPort() throws -> Int { try FreePort.next() }

  private static func accept(on listener: ListeningSocket, _ state: State) {
    while true {
      let descriptor = Foundation.accept(listener.descriptor, nil, nil)
      if descriptor < 0 {
        if errno == EINTR || errno == ECONNABORTED { continue }
        return
      }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      guard let id = state.open(descriptor) else {
        _ = Foundation.close(descriptor)
        return
      }
      Thread.detachNewThread { FaultConnection(descriptor, id, state).serve() }
    }
  }

  /// What the threads share.
  final class State: @unchecked Sendable {
    private let lock = NSLock()
    // Guarded by `lock`.
    private var behaviourNow: Behaviour
    private var descriptors: [Int: CInt] = [:]
    private var accepted = 0
    private var isStopped = false
    private var bytes: [UInt8] = []

    init(_ behaviour: Behaviour) { behaviourNow = behaviour }

    var behaviour: Behaviour { lock.withLock { behaviourNow } }
    var counts: (accepted: Int, open: Int) { lock.withLock { (accepted, descriptors.count) } }
    var received: [UInt8] { lock.withLock { bytes } }

    func behave(_ behaviour: Behaviour) { lock.withLock { behaviourNow = behaviour } }

    func open(_ descriptor: CInt) -> Int? {
      lock.withLock {
        if isStopped { return nil }
        accepted += 1
        descriptors[accepted] = descriptor
        return accepted
      }
    }

    func note(_ received: ArraySlice<UInt8>) {
      lock.withLock { bytes += received.prefix(max(0, 1_048_576 - bytes.count)) }
    }

    /// Closes under the lock, so that `stop` never touches a descriptor that already means something else.
    func close(_ id: Int) {
      lock.withLock {
        if let descriptor = descriptors.removeValue(forKey: id) { _ = Foundation.close(descriptor) }
      }
    }

    func stop() -> Bool {
      lock.withLock {
        if isStopped { return false }
        isStopped = true
        // The threads that read them notice, and close.
        for descriptor in descriptors.values { _ = shutdown(descriptor, CInt(SHUT_RDWR)) }
        return true
      }
    }
  }
}
