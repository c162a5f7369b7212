internal import Foundation
internal import HTTPServing
internal import KubernetesAPI

extension HTTPResponse {
  static func encode(_ value: some Encodable, status: Int = 200) -> HTTPResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return HTTPResponse(status: status, body: (try? encoder.encode(value)).map(Array.init) ?? [])
  }

  /// A `Status` object, as every Kubernetes API tells errors.
  static func failure(
    _ code: Int, _ reason: String, _ message: String, details: StatusDetails? = nil,
    headers: [(name: String, value: String)] = []
  ) -> HTTPResponse {
    var response = encode(
      Status(message: message, reason: reason, details: details, code: Int32(clamping: code)), status: code)
    response.headers = headers
    return response
  }

  static let unknownPath = failure(404, "NotFound", "the server could not find the requested resource")

  static func badRequest(_ message: String) -> HTTPResponse { failure(400, "BadRequest", message) }

  static func methodNotAllowed(_ message: String) -> HTTPResponse {
    failure(405, "MethodNotAllowed", message, headers: [("allow", "GET, HEAD")])
  }

  static let notAcceptable = failure(
    406, "NotAcceptable", "only the following media types are accepted: application/json")

  /// What a metric GET that found no value gets.
  static func failure(_ error: ExternalMetricsError, of request: ExternalMetricsRequest) -> HTTPResponse {
    let details = StatusDetails(
      name: request.metricName, group: "external.metrics.k8s.io", kind: "externalmetrics")
    return switch error {
    case .notFound(let message): failure(404, "NotFound", message, details: details)
    case .unavailable(let message): failure(503, "ServiceUnavailable", message, details: details)
    case .timedOut(let message): failure(504, "Timeout", message, details: details)
    }
  }
}
