internal import KubernetesAPI

/// A refusal, which becomes a `Status`.
struct APIError: Error {
  struct Cause {
    var reason: String
    var message: String
    var field: String
  }

  var code: Int
  var reason: String
  var message: String
  var name: String?
  var group: String?
  var kind: String?
  var causes: [Cause] = []
  var retryAfter: Int?
  /// Of an expired list page: where an inconsistent rest starts.
  var continueToken: String?

  init(_ code: Int, _ reason: String, _ message: String) {
    self.code = code
    self.reason = reason
    self.message = message
  }

  var status: JSONValue {
    var details: [String: JSONValue] = [:]
    if let name { details["name"] = .string(name) }
    if let group, !group.isEmpty { details["group"] = .string(group) }
    if let kind { details["kind"] = .string(kind) }
    if let retryAfter { details["retryAfterSeconds"] = .integer(Int64(retryAfter)) }
    if !causes.isEmpty {
      details["causes"] = .array(
        causes.map { ["reason": .string($0.reason), "message": .string($0.message), "field": .string($0.field)] })
    }
    var metadata: [String: JSONValue] = [:]
    if let continueToken { metadata["continue"] = .string(continueToken) }
    var status: JSONValue = [
      "kind": "Status", "apiVersion": "v1", "metadata": .object(metadata), "status": "Failure",
      "message": .string(message), "reason": .string(reason), "code": .integer(Int64(code)),
    ]
    if !details.isEmpty { status["details"] = .object(details) }
    return status
  }

  static func badRequest(_ message: String) -> APIError { APIError(400, "BadRequest", message) }

  static func unauthorized() -> APIError { APIError(401, "Unauthorized", "Unauthorized") }

  static func noSuchPath() -> APIError { APIError(404, "NotFound", "the server could not find the requested resource") }

  static func methodNotAllowed() -> APIError {
    APIError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
  }

  static func notFound(_ type: ResourceDefinition, _ name: String) -> APIError {
    APIError(404, "NotFound", "\(type.qualifiedResource) \"\(name)\" not found").about(type, name)
  }

  static func alreadyExists(_ type: ResourceDefinition, _ name: String) -> APIError {
    APIError(409, "AlreadyExists", "\(type.qualifiedResource) \"\(name)\" already exists").about(type, name)
  }

  static func conflict(_ type: ResourceDefinition, _ name: String, _ why: String? = nil) -> APIError {
    let why =
      why ?? "the object has been modified; please apply your changes to the latest version and try again"
    let message = "Operation cannot be fulfilled on \(type.qualifiedResource) \"\(name)\": \(why)"
    return APIError(409, "Conflict", message).about(type, name)
  }

  static func expired(_ message: String) -> APIError { APIError(410, "Expired", message) }

  /// 422 with every finding.
  static func invalid(_ type: ResourceDefinition, _ name: String, _ findings: [Finding]) -> APIError {
    let texts = findings.map { "\($0.field): \($0.message)" }
    let list = texts.count == 1 ? texts.joined() : "[\(texts.joined(separator: ", "))]"
    let qualified = type.group.isEmpty ? type.kind : "\(type.kind).\(type.group)"
    var error = APIError(422, "Invalid", "\(qualified) \"\(name)\" is invalid: \(list)")
    error.name = name
    error.group = type.group
    error.kind = type.kind
    error.causes = findings.map { Cause(reason: $0.reason.rawValue, message: $0.message, field: $0.field) }
    return error
  }

  private func about(_ type: ResourceDefinition, _ name: String) -> APIError {
    var copy = self
    copy.name = name
    copy.group = type.group
    copy.kind = type.resource
    return copy
  }
}

/// One thing that is wrong with an object, as field errors of Kubernetes say it.
struct Finding: Equatable {
  enum Reason: String {
    case required = "FieldValueRequired"
    case invalid = "FieldValueInvalid"
    case typeInvalid = "FieldValueTypeInvalid"
    case notSupported = "FieldValueNotSupported"
    case forbidden = "FieldValueForbidden"
    case tooLong = "FieldValueTooLong"
    case tooMany = "FieldValueTooMany"
    case duplicate = "FieldValueDuplicate"
  }

  var field: String
  var reason: Reason
  var message: String

  static func required(_ field: String, _ detail: String = "") -> Finding {
    Finding(field: field, reason: .required, message: "Required value" + (detail.isEmpty ? "" : ": \(detail)"))
  }

  static func invalid(_ field: String, _ value: JSONValue, _ detail: String) -> Finding {
    Finding(field: field, reason: .invalid, message: "Invalid value: \(JSONText.text(value)): \(detail)")
  }

  static func typeInvalid(_ field: String, _ value: JSONValue, _ type: String) -> Finding {
    let shown = value.items != nil ? "\"array\"" : value.fields != nil ? "\"object\"" : JSONText.text(value)
    return Finding(
      field: field, reason: .typeInvalid,
      message: "Invalid value: \(shown): \(field) in body must be of type \(type): \(shown)")
  }

  static func notSupported(_ field: String, _ value: JSONValue, _ allowed: [String]) -> Finding {
    let list = allowed.map { "\"\($0)\"" }.joined(separator: ", ")
    return Finding(
      field: field, reason: .notSupported,
      message: "Unsupported value: \(JSONText.text(value)): supported values: \(list)")
  }

  static func forbidden(_ field: String, _ detail: String) -> Finding {
    Finding(field: field, reason: .forbidden, message: "Forbidden: \(detail)")
  }

  static func duplicate(_ field: String, _ value: JSONValue) -> Finding {
    Finding(field: field, reason: .duplicate, message: "Duplicate value: \(JSONText.text(value))")
  }
}
