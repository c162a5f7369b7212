public import Engine
internal import Foundation
public import HTTPServing

/// What Swell tells about itself on its telemetry port: `/metrics`, `/healthz`, `/readyz`, and the JSON API behind
/// `swell explain`.
public struct StatusResponder: HTTPResponder {
  private let engine: ScaleEngine
  private let notReady: @Sendable () -> String?
  private let replica: ReplicaView?
  private let metrics: @Sendable () -> String

  /// - Parameters:
  ///   - notReady: what is still waited for, nil when nothing is. Without it: the first decision about every object.
  ///   - replica: in a cluster, what there is beside the engine.
  ///   - metrics: renders `/metrics`.
  public init(
    engine: ScaleEngine, notReady: (@Sendable () -> String?)? = nil,
    replica: ReplicaView? = nil, metrics: @escaping @Sendable () -> String
  ) {
    self.engine = engine
    self.replica = replica
    self.notReady =
      notReady ?? { engine.isReady ? nil : "some objects have not had their first decision" }
    self.metrics = metrics
  }

  public func respond(to request: HTTPRequest) -> HTTPReply {
    guard request.method.isRead else {
      var response = HTTPResponse.text("only GET and HEAD are served here\n", status: 405)
      response.headers = [("allow", "GET, HEAD")]
      return .now(response)
    }
    let parts = request.path.split(separator: "/", omittingEmptySubsequences: true)
    switch parts.first {
    case nil: return .now(.text(Self.index))
    case "metrics" where parts.count == 1:
      // Rendering 10,000 objects takes milliseconds that an event loop does not have.
      let metrics = metrics
      return .later {
        HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(metrics().utf8))
      }
    case "healthz" where parts.count == 1: return .now(.text("ok\n"))
    case "readyz" where parts.count == 1:
      return .now(notReady().map { .text("not ready: \($0)\n", status: 503) } ?? .text("ok\n"))
    case "api": return api(parts.dropFirst())
    default: return .now(.text("not found\n\n" + Self.index, status: 404))
    }
  }

  private static let index = """
    Swell serves here:
      /metrics                                         for Prometheus
      /healthz  /readyz                                for probes
      /api/v1/scaledobjects                            every object, as it is now
      /api/v1/scaledobjects/NAMESPACE/NAME             one object
      /api/v1/scaledobjects/NAMESPACE/NAME/decisions   its last decisions and their reasons

    """

  private func api(_ parts: ArraySlice<Substring>) -> HTTPReply {
    let parts = Array(parts)
    guard parts.count >= 2, parts[0] == "v1", parts[1] == "scaledobjects" else {
      return Self.problem(404, "no such path: /api/v1/scaledobjects is what is served")
    }
    if parts.count == 2 {
      let (engine, replica) = (engine, replica)
      return .later { Self.json(ObjectList(engine, replica)) }
    }
    guard parts.count >= 4 else { return Self.problem(404, "write /api/v1/scaledobjects/NAMESPACE/NAME") }
    let key = ObjectKey(namespace: String(parts[2]), name: String(parts[3]))
    guard let object = engine.object(key) else {
      let reason = replica?.reason(key).map { "ScaledObject \(key) is not scaled: \($0)" }
      return Self.problem(404, reason ?? "there is no ScaledObject \(key) here")
    }
    switch parts.dropFirst(4) {
    case []: return .now(Self.json(ObjectDocument(object.snapshot, replica)))
    case ["decisions"]: return .now(Self.json(Items(items: object.journal)))
    default: return Self.problem(404, "of one object there is itself and …/decisions")
    }
  }

  private struct Items<Item: Encodable>: Encodable {
    var items: [Item]
  }

  private struct Problem: Encodable {
    var error: String
  }

  private static func problem(_ status: Int, _ message: String) -> HTTPReply {
    .now(json(Problem(error: message), status: status))
  }

  private static func json(_ value: some Encodable, status: Int = 200) -> HTTPResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "+Inf", negativeInfinity: "-Inf", nan: "NaN")
    guard let body = try? encoder.encode(value) else { return .text("cannot be told as JSON\n", status: 500) }
    return HTTPResponse(status: status, body: Array(body) + Array("\n".utf8))
  }
}
