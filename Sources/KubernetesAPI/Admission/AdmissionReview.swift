/// `admission.k8s.io/v1` AdmissionReview: what the API server asks a webhook, and what the webhook answers.
public struct AdmissionReview: Codable, Hashable, Sendable {
  public static let apiVersion = "admission.k8s.io/v1"
  public static let kind = "AdmissionReview"

  public var apiVersion = AdmissionReview.apiVersion
  public var kind = AdmissionReview.kind
  public var request: AdmissionRequest?
  public var response: AdmissionResponse?

  public init(request: AdmissionRequest? = nil, response: AdmissionResponse? = nil) {
    self.request = request
    self.response = response
  }
}

/// The question: may this be done to this object?
public struct AdmissionRequest: Codable, Hashable, Sendable {
  /// Repeated in the answer.
  public var uid: String
  public var kind: GroupVersionKind?
  public var resource: GroupVersionResource?
  public var subResource: String?
  /// Empty or absent where the API server is yet to make the name.
  public var name: String?
  public var namespace: String?
  public var operation: Operation
  public var userInfo: JSONValue?
  /// As it will be stored; absent for DELETE.
  public var object: JSONValue?
  /// As it is stored; for UPDATE and DELETE.
  public var oldObject: JSONValue?
  /// Nothing will be stored.
  public var dryRun: Bool?

  public init(
    uid: String, operation: Operation, kind: GroupVersionKind? = nil, name: String? = nil, namespace: String? = nil,
    object: JSONValue? = nil, oldObject: JSONValue? = nil, dryRun: Bool? = nil
  ) {
    self.uid = uid
    self.operation = operation
    self.kind = kind
    self.name = name
    self.namespace = namespace
    self.object = object
    self.oldObject = oldObject
    self.dryRun = dryRun
  }

  public enum Operation: String, Codable, Hashable, Sendable {
    case create = "CREATE"
    case update = "UPDATE"
    case delete = "DELETE"
    case connect = "CONNECT"
  }

  public struct GroupVersionKind: Codable, Hashable, Sendable {
    public var group: String
    public var version: String
    public var kind: String

    public init(group: String, version: String, kind: String) {
      self.group = group
      self.version = version
      self.kind = kind
    }
  }

  public struct GroupVersionResource: Codable, Hashable, Sendable {
    public var group: String
    public var version: String
    public var resource: String

    public init(group: String, version: String, resource: String) {
      self.group = group
      self.version = version
      self.resource = resource
    }
  }
}

/// The answer.
public struct AdmissionResponse: Codable, Hashable, Sendable {
  /// The request's.
  public var uid: String
  public var allowed: Bool
  /// Why it is not allowed.
  public var status: Status?
  /// Shown to the user by `kubectl`, whatever the answer; each should be shorter than 120 characters.
  public var warnings: [String]?

  public init(uid: String, allowed: Bool, status: Status? = nil, warnings: [String]? = nil) {
    self.uid = uid
    self.allowed = allowed
    self.status = status
    self.warnings = warnings
  }
}
