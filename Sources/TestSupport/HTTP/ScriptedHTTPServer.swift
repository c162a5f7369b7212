internal import Foundation
internal import Synchronization

/// An HTTP/1.1 server on 127.0.0.1 that answers as a test says, misbehaviour included. One thread a connection.
public final class ScriptedHTTPServer: Sendable {
  /// A request as it came.
  public struct Request: Sendable {
    public var method: String
    /// Path and query, as sent.
    public var target: String
    /// Values by name in lower case.
    public var headers: [String: String]
    /// As many bytes as `Content-Length` says.
    public var body: String
    /// Counts connections from 0.
    public var connection: Int
  }

  /// What the server does about a request.
  public enum Reply: Sendable {
    case answer(status: Int, headers: [String: String] = [:], body: String = "")
    /// These bytes and nothing else.
    case raw([UInt8], then: Ending)
    /// What is handed to `send`, bit by bit, until the closure returns; the connection then ends. `send` returns false
    /// when nobody listens any more.
    case stream(@Sendable (_ send: ([UInt8]) -> Bool) -> Void)
    /// Reads on and never answers.
    case hang
  }

  /// What becomes of the connection after a raw reply.
  public enum Ending: Sendable {
    case close
    /// Ends with a TCP reset.
    case reset
    /// Leaves the connection open and silent.
    case hang
  }

  private struct State {
    var requests: [Request] = []
    var open: Set<Int32> = []
    var accepted = 0
    var underWay = 0
    var mostUnderWay = 0
    var isStopped = false
  }

  public let port: Int
  private let listener: ListeningSocket
  private let handler: @Sendable (Request) -> Reply
  private let state = Mutex(State())

  /// Listens on a free port and answers every request as `handler` says. The handler may block; it holds up its own
  /// connection only.
  public init(_ handler: @escaping @Sendable (Request) -> Reply) throws {
    self.handler = handler
    let listener = try ListeningSocket()
    self.listener = listener
    port = listener.port
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(listener.descriptor, nil, nil)
        guard connection >= 0 else { return listener.close() }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        guard let self else {
          close(connection)
          return
        }
        self.serve(connection)
      }
    }
  }

  deinit { stop() }

  /// The requests so far, in the order of their arrival.
  public var requests: [Request] { state.withLock(\.requests) }
  /// How many connections were accepted.
  public var acceptedConnections: Int { state.withLock(\.accepted) }
  /// How many connections are open.
  public var openConnections: Int { state.withLock(\.open.count) }
  /// The most requests that were being answered at the same time.
  public var mostRequestsAtOnce: Int { state.withLock(\.mostUnderWay) }

  /// Closes everything; hanging replies end.
  public func stop() {
    let isFirst = state.withLock { state in
      guard !state.isStopped else { return false }
      state.isStopped = true
      // The threads that read them notice, and close.
      for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
      return true
    }
    if isFirst { listener.stopListening() }
  }

  private func serve(_ descriptor: Int32) {
    let number = state.withLock { state in
      state.open.insert(descriptor)
      state.accepted += 1
      return state.accepted - 1
    }
    Thread.detachNewThread { [self] in
      converse(descriptor, number)
      forget(descriptor)
    }
  }

  private func forget(_ descriptor: Int32) {
    state.withLock { state in
      state.open.remove(descriptor)
      close(descriptor)
    }
  }

  private func converse(_ descriptor: Int32, _ number: Int) {
    var buffer: [UInt8] = []
    while let request = Self.readRequest(descriptor, &buffer, connection: number) {
      state.withLock { state in
        state.requests.append(request)
        state.underWay += 1
        state.mostUnderWay = max(state.mostUnderWay, state.underWay)
      }
      let goesOn = send(handler(request), to: descriptor)
      state.withLock { $0.underWay -= 1 }
      guard goesOn else { return }
    }
  }

  /// False when the connection is to end.
  private func send(_ reply: Reply, to descriptor: Int32) -> Bool {
    switch reply {
    case .answer(let status, let headers, let body):
      var text = "HTTP/1.1 \(status) Scripted\r\nContent-Length: \(body.utf8.count)\r\n"
      for (name, value) in headers { text += "\(name): \(value)\r\n" }
      return SocketBytes.sendAll(Array((text + "\r\n" + body).utf8), to: descriptor)
    case .hang:
      SocketBytes.drain(descriptor)
      return false
    case .stream(let write):
      write { SocketBytes.sendAll($0, to: descriptor) }
      return false
    case .raw(let bytes, let ending):
      let isSent = SocketBytes.sendAll(bytes, to: descriptor)
      switch ending {
      case .close: break
      case .hang: if isSent { SocketBytes.drain(descriptor) }
      case .reset: SocketBytes.resetOnClose(descriptor)
      }
      return false
    }
  }

  private static func readRequest(_ descriptor: Int32, _ buffer: inout [UInt8], connection: Int) -> Request? {
    let end = Array("\r\n\r\n".utf8)
    while true {
      if let position = buffer.firstRange(of: end) {
        let head = String(decoding: buffer[..<position.lowerBound], as: UTF8.self)
        buffer.removeSubrange(..<position.upperBound)
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          guard let colon = line.firstIndex(of: ":") else { continue }
          headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length {
          guard let more = SocketBytes.receive(descriptor) else { return nil }
          buffer += more
        }
        let body = String(decoding: buffer.prefix(length), as: UTF8.self)
        buffer.removeFirst(length)
        return Request(method: words[0], target: words[1], headers: headers, body: body, connection: connection)
      }
      guard let more = SocketBytes.receive(descriptor) else { return nil }
      buffer += more
    }
  }
}
