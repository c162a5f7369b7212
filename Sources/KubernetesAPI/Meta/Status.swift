/// `v1` Status: what the Kubernetes API answers instead of an object, above all errors.
public struct Status: Codable, Hashable, Sendable, Error {
  public var kind = "Status"
  public var apiVersion = "v1"
  public var metadata = ListMeta()
  /// `Success` or `Failure`.
  public var status: String?
  /// For people.
  public var message: String?
  /// One word for programs: `NotFound`, `BadRequest`, `MethodNotAllowed`, …
  public var reason: String?
  public var details: StatusDetails?
  /// The HTTP status code.
  public var code: Int32?

  public init(
    status: String = "Failure", message: String? = nil, reason: String? = nil, details: StatusDetails? = nil,
    code: Int32? = nil
  ) {
    self.status = status
    self.message = message
    self.reason = reason
    self.details = details
    self.code = code
  }

  private enum CodingKeys: String, CodingKey {
    case kind, apiVersion, metadata, status, message, reason, details, code
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    kind = try container.decodeIfPresent(String.self, forKey: .kind) ?? "Status"
    apiVersion = try container.decodeIfPresent(String.self, forKey: .apiVersion) ?? "v1"
    metadata = try container.decodeIfPresent(ListMeta.self, forKey: .metadata) ?? ListMeta()
    status = try container.decodeIfPresent(String.self, forKey: .status)
    message = try container.decodeIfPresent(String.self, forKey: .message)
    reason = try container.decodeIfPresent(String.self, forKey: .reason)
    details = try container.decodeIfPresent(StatusDetails.self, forKey: .details)
    code = try container.decodeIfPresent(Int32.self, forKey: .code)
  }
}

/// What a `Status` is about.
public struct StatusDetails: Codable, Hashable, Sendable {
  public var name: String?
  public var group: String?
  /// The resource's plural name or the kind.
  public var kind: String?
  public var uid: String?
  public var causes: [StatusCause]?
  /// After how many seconds to try again.
  public var retryAfterSeconds: Int32?

  public init(
    name: String? = nil, group: String? = nil, kind: String? = nil, uid: String? = nil, causes: [StatusCause]? = nil,
    retryAfterSeconds: Int32? = nil
  ) {
    self.name = name
    self.group = group
    self.kind = kind
    self.uid = uid
    self.causes = causes
    self.retryAfterSeconds = retryAfterSeconds
  }
}

public struct StatusCause: Codable, Hashable, Sendable {
  public var reason: String?
  public var message: String?
  public var field: String?

  public init(reason: String? = nil, message: String? = nil, field: String? = nil) {
    self.reason = reason
    self.message = message
    self.field = field
  }
}
