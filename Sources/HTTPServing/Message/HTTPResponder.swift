/// What answers requests. Called on an event loop: it must not block, and says `.later` when it has to wait.
public protocol HTTPResponder: Sendable {
  func respond(to request: HTTPRequest) -> HTTPReply
}

/// An answer now, from memory, without leaving the event loop; or one that has to be waited for.
public enum HTTPReply: Sendable {
  case now(HTTPResponse)
  /// Runs as a child task of ``HTTPServer/run()``; cancelled when the server is. Must end by a deadline of its own.
  case later(@Sendable () async -> HTTPResponse)
}

/// A responder made of a closure.
public struct HTTPResponderFunction: HTTPResponder {
  private let function: @Sendable (HTTPRequest) -> HTTPReply

  public init(_ function: @escaping @Sendable (HTTPRequest) -> HTTPReply) {
    self.function = function
  }

  public func respond(to request: HTTPRequest) -> HTTPReply { function(request) }
}
