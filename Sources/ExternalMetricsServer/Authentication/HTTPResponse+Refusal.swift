internal import HTTPServing
internal import KubernetesAPI

extension HTTPResponse {
  /// Nobody, or somebody who proves it wrongly.
  static let unauthorized = failure(
    401, "Unauthorized", "Unauthorized", headers: [("www-authenticate", "Bearer")])

  /// The cluster did not tell who asks or what he may do.
  static let accessUnknown = failure(
    503, "ServiceUnavailable",
    "the Kubernetes API server could not be asked whether this request is allowed: try again",
    details: StatusDetails(retryAfterSeconds: 1), headers: [("retry-after", "1")])

  static let noImpersonation = failure(
    403, "Forbidden", "impersonation is not served here: ask through the Kubernetes API server")

  /// The same words as those of a Kubernetes API server, which say nothing but what was asked.
  static func forbidden(_ action: AccessAction, to user: AccessUser) -> HTTPResponse {
    switch action {
    case .path(let path, let verb):
      return refusal(
        "forbidden: User \(quoted(user.name)) cannot \(verb) path \(quoted(path))", details: StatusDetails())
    case .resource(let attributes):
      let object =
        attributes.subresource.isEmpty ? attributes.resource : "\(attributes.resource)/\(attributes.subresource)"
      let place =
        attributes.namespace.isEmpty ? "at the cluster scope" : "in the namespace \(quoted(attributes.namespace))"
      let name = attributes.name.isEmpty ? "" : " \(quoted(attributes.name))"
      return refusal(
        "\(attributes.resource).\(attributes.group)\(name) is forbidden: User \(quoted(user.name)) cannot "
          + "\(attributes.verb) resource \(quoted(object)) in API group \(quoted(attributes.group)) \(place)",
        details: StatusDetails(
          name: attributes.name.isEmpty ? nil : attributes.name, group: attributes.group, kind: attributes.resource))
    }
  }

  private static func refusal(_ message: String, details: StatusDetails) -> HTTPResponse {
    failure(
      403, "Forbidden", message, details: details, headers: [("x-content-type-options", "nosniff")])
  }

  /// In quotes as Go's `%q`, with `&`, `<` and `>` made harmless for a browser that takes it for a page.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "&": quoted += "&amp;"
      case "<": quoted += "&lt;"
      case ">": quoted += "&gt;"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case let scalar where scalar.value < 0x20 || scalar.value == 0x7F:
        quoted += "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
