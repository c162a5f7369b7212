import HTTPServing
import Synchronization
import TestSupport
import Testing

/// A server that runs for the length of a test.
enum ServerRig {
  static func run<Result>(
    identity: TLSIdentity? = nil, clientAuthorities: ClientAuthorities? = nil,
    tlsMinimumVersion: TLSMinimumVersion = .tls12, limits: HTTPLimits = HTTPLimits(),
    responder: any HTTPResponder = EchoResponder(), _ body: (HTTPServer) async throws -> Result
  ) async throws -> Result {
    let server = try await HTTPServer.bind(
      HTTPServerConfiguration(
        host: "127.0.0.1", port: 0, identity: identity, tlsMinimumVersion: tlsMinimumVersion,
        clientAuthorities: clientAuthorities, limits: limits, secondsSinceEpoch: { 784_111_777 }),
      responder: responder)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await server.run() }
      defer { group.cancelAll() }
      return try await body(server)
    }
  }

  /// A server, one connection to it, bytes in, and what comes back until the server closes.
  static func exchange(_ request: String, limits: HTTPLimits = HTTPLimits()) async throws -> String {
    try await run(limits: limits) { server in
      let connection = try RawConnection(port: server.boundAddress.port)
      await connection.send(request)
      return try await connection.receiveToEnd()
    }
  }
}

/// Answers with what it understood of the request. `/later` is answered by a task, `/gate` when a gate opens,
/// `/large` at length.
struct EchoResponder: HTTPResponder {
  var gate = TestGate()

  func respond(to request: HTTPRequest) -> HTTPReply {
    let text = "\(request.method.name) \(request.path) [\(request.rawQuery)]"
    switch request.path {
    case "/later":
      return .later { .text(text) }
    case "/gate":
      return .later {
        await gate.pass()
        return .text(text)
      }
    case "/large": return .now(.text(String(repeating: "x", count: 1 << 20)))
    case "/headers":
      var response = HTTPResponse.text(request.header("X-Test") ?? "none")
      response.headers = [("x-answer", "yes"), ("x-split", "a\r\nx-evil: 1")]
      return .now(response)
    default:
      return .now(.text(text))
    }
  }
}

/// Holds whoever passes until it is opened, or the task is cancelled.
final class TestGate: Sendable {
  private let state = Mutex<(isOpen: Bool, arrivals: Int)>((false, 0))

  var arrivals: Int { state.withLock { $0.arrivals } }

  func open() { state.withLock { $0.isOpen = true } }

  func pass() async {
    state.withLock { $0.arrivals += 1 }
    try? await eventually("the gate opens", within: .seconds(60)) { state.withLock { $0.isOpen } || Task.isCancelled }
  }
}

/// A response taken apart.
struct RawResponse {
  var statusLine: String
  var headers: [String: String]
  var body: String

  init(_ text: String) throws {
    let end = try #require(text.firstRange(of: "\r\n\r\n"), "no end of headers in \(text.debugDescription)")
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    statusLine = String(try #require(lines.first))
    headers = [:]
    for line in lines.dropFirst() {
      let colon = try #require(line.firstRange(of: ": "))
      headers[line[..<colon.lowerBound].lowercased()] = String(line[colon.upperBound...])
    }
    body = String(text[end.upperBound...])
  }

  var status: Int { Int(statusLine.split(separator: " ")[1]) ?? 0 }

  /// The next response of a connection that stays open.
  static func next(on connection: RawConnection, hasBody: Bool = true) async throws -> RawResponse {
    var response = try RawResponse(try await connection.receive(through: "\r\n\r\n"))
    if hasBody {
      let length = try #require(response.headers["content-length"].flatMap { Int($0) })
      response.body = try await connection.receive(count: length)
    }
    return response
  }
}
