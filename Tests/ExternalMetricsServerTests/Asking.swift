import ExternalMetricsServer
import Foundation
import HTTPServing
import KubernetesAPI
import Testing

/// Requests to a responder in process, and what clients make of the answers.
enum Asking {
  static let base = "/apis/external.metrics.k8s.io/v1beta1"

  static func reply(
    _ target: String, method: HTTPMethod = .get, headers: [(String, String)] = [],
    provider: any ExternalMetricsProvider = TestMetrics(), isReady: Bool = true
  ) throws -> HTTPReply {
    let responder = ExternalMetricsResponder(provider: provider, isReady: { isReady })
    let request = try #require(HTTPRequest(method: method, target: target, headers: headers))
    return responder.respond(to: request)
  }

  static func response(
    _ target: String, method: HTTPMethod = .get, headers: [(String, String)] = [],
    provider: any ExternalMetricsProvider = TestMetrics(), isReady: Bool = true
  ) async throws -> HTTPResponse {
    switch try reply(target, method: method, headers: headers, provider: provider, isReady: isReady) {
    case .now(let response): response
    case .later(let make): await make()
    }
  }

  static func metric(
    _ metric: String, namespace: String = "ai-inference", selector: String? = nil,
    provider: any ExternalMetricsProvider = TestMetrics()
  ) async throws -> HTTPResponse {
    let query = selector.map { "?labelSelector=" + encoded($0) } ?? ""
    return try await response("\(base)/namespaces/\(namespace)/\(metric)\(query)", provider: provider)
  }

  /// As Go's `url.QueryEscape`.
  static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      case 32: "+"
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }

  static func decode<Value: Decodable>(_ response: HTTPResponse) throws -> Value {
    #expect(response.contentType == "application/json")
    return try JSONDecoder().decode(Value.self, from: Data(response.body))
  }

  /// A failure as a client reads it; checks what holds for all of them.
  static func failure(_ response: HTTPResponse) throws -> Status {
    let status: Status = try decode(response)
    #expect(status.kind == "Status" && status.apiVersion == "v1" && status.status == "Failure")
    #expect(status.code == Int32(response.status))
    #expect(status.message?.isEmpty == false)
    return status
  }
}

extension HTTPResponse {
  var text: String { String(decoding: body, as: UTF8.self) }
}

/// `ExternalMetricValueList` with the field names and types of k8s.io/metrics, every one of them required: what an HPA
/// controller's client decodes.
struct ClientMetricList: Decodable {
  struct Item: Decodable {
    var metricName: String
    var metricLabels: [String: String]
    var timestamp: String
    var value: String
  }

  struct Metadata: Decodable {}

  var kind: String
  var apiVersion: String
  var metadata: Metadata
  var items: [Item]
}
