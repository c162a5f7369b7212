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
  static func status(_ code: Int, _ reason: String, _ message: String) -> HTTPResponse {
    encode(Status(message: message, reason: reason, code: Int32(code)), status: code)
  }
}
