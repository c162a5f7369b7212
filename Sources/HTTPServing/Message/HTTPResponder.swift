/// What answers requests. Called on an event loop: it must not block, and says `.later` when it has to wait.
public protocol HTTPResponder: Sendable {
  func respond(to request: HTTPRequest) -> HTTPReply

  /// The largest request body it wants, in bytes; one that is larger is answered with 413. With 0, the default, bodies
  /// are read and thrown away. Asked once, when the server starts.
  var maximumBody: Int { get }
}

extension HTTPResponder {
  public var maximumBody: Int { 0 }
}

/// An answer now, from memory, without leaving the event loop; or one that has to be waited for.
public enum HTTPReply: Sendable {
  case now(HTTPResponse)
  /// Runs as a child task of ``HTTPServer/run()``; cancelled when the server is. Must end by a deadline of its own.
  case later(@Sendable () async -> HTTPResponse)
}

/// A responder made of a closure.
public struct HTTPResponderFunction: HTTPResponder {
  public let maximumBody: Int
  private let function: @Sendable (HTTPRequest) -> HTTPReply

  public init(maximumBody: Int = 0, _ function: @escaping @Sendable (HTTPRequest) -> HTTPReply) {
    self.maximumBody = maximumBody
    self.function = function
  }

  public func respond(to request: HTTPRequest) -> HTTPReply { function(request) }
}
