/// A broker that speaks Kafka's protocol up to the login, and then rejects it with a text of the test's choice.
public final class RejectingKafkaBroker: Sendable {
  private let server: FaultServer

  public var bootstrapServers: String { "127.0.0.1:\(server.port)" }
  /// What clients sent, credentials included.
  public var received: String { String(decoding: server.received, as: UTF8.self) }

  public init(mechanisms: [String], rejection: String) throws {
    server = try FaultServer(
      .script { bytes in
        var answer: [UInt8] = []
        var rest = bytes[...]
        // A client sends its next request after the answer to the one before.
        while let request = Request(taking: &rest) { answer += Self.answer(to: request, mechanisms, rejection) }
        return answer.isEmpty ? nil : answer
      })
  }

  public func stop() { server.stop() }

  private struct Request {
    var kind: Int16
    var version: Int16
    var correlation: [UInt8]
    var body: [UInt8]

    /// A frame: length, kind, version, correlation number, and the rest.
    init?(taking bytes: inout ArraySlice<UInt8>) {
      let head = Array(bytes.prefix(12))
      guard head.count == 12 else { return nil }
      let length = head[0..<4].reduce(0) { $0 << 8 | Int($1) }
      guard length >= 8, bytes.count >= 4 + length else { return nil }
      kind = Int16(head[4]) << 8 | Int16(head[5])
      version = Int16(head[6]) << 8 | Int16(head[7])
      correlation = Array(head[8..<12])
      body = Array(bytes.prefix(4 + length).dropFirst(12))
      bytes = bytes.dropFirst(4 + length)
    }
  }

  private static func answer(to request: Request, _ mechanisms: [String], _ rejection: String) -> [UInt8] {
    var body: [UInt8]
    switch request.kind {
    case 18 where request.version >= 3: body = supportedRequests
    // UNSUPPORTED_VERSION, with nothing supported.
    case 18: body = number(35, 2) + number(0, 4)
    case 17:
      // UNSUPPORTED_SASL_MECHANISM unless the request ends with the name of one of them.
      let isOffered = mechanisms.contains { request.body.suffix($0.utf8.count + 2).elementsEqual(string($0)) }
      body = number(isOffered ? 0 : 33, 2) + number(mechanisms.count, 4)
      for mechanism in mechanisms { body += string(mechanism) }
    case 36:
      // SASL_AUTHENTICATION_FAILED with a text, no further bytes; from version 1 on the length of the session.
      body = number(58, 2) + string(rejection) + number(0, 4)
      if request.version > 0 { body += number(0, 8) }
    default: return []
    }
    return number(4 + body.count, 4) + request.correlation + body
  }

  /// ApiVersions 3: no error; kind, lowest and highest version of each request; no throttling; no tagged fields.
  private static let supportedRequests: [UInt8] = {
    let requests: [[Int]] = [[3, 0, 4], [17, 0, 1], [18, 0, 3], [36, 0, 1]]
    var bytes = number(0, 2)
    bytes.append(UInt8(requests.count + 1))
    for request in requests {
      for value in request { bytes += number(value, 2) }
      bytes.append(0)
    }
    return bytes + number(0, 4) + [0]
  }()

  private static func number(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  private static func string(_ text: String) -> [UInt8] { number(text.utf8.count, 2) + Array(text.utf8) }
}
