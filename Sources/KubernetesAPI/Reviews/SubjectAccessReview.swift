/// `authorization.k8s.io/v1` SubjectAccessReview: asks the API server whether somebody may do something.
public struct SubjectAccessReview: Codable, Hashable, Sendable {
  public var apiVersion = "authorization.k8s.io/v1"
  public var kind = "SubjectAccessReview"
  public var spec: SubjectAccessReviewSpec
  public var status: SubjectAccessReviewStatus?

  public init(spec: SubjectAccessReviewSpec, status: SubjectAccessReviewStatus? = nil) {
    self.spec = spec
    self.status = status
  }
}

/// The question: exactly one of `resourceAttributes` and `nonResourceAttributes` is set.
public struct SubjectAccessReviewSpec: Codable, Hashable, Sendable {
  public var resourceAttributes: ResourceAttributes?
  public var nonResourceAttributes: NonResourceAttributes?
  public var user: String?
  public var groups: [String]?
  public var extra: [String: [String]]?
  public var uid: String?

  public init(
    user: String?, groups: [String]? = nil, uid: String? = nil, extra: [String: [String]]? = nil,
    resourceAttributes: ResourceAttributes? = nil, nonResourceAttributes: NonResourceAttributes? = nil
  ) {
    self.user = user
    self.groups = groups
    self.uid = uid
    self.extra = extra
    self.resourceAttributes = resourceAttributes
    self.nonResourceAttributes = nonResourceAttributes
  }
}

/// A request for an object of the API.
public struct ResourceAttributes: Codable, Hashable, Sendable {
  public var namespace: String?
  public var verb: String?
  public var group: String?
  public var version: String?
  public var resource: String?
  public var subresource: String?
  public var name: String?

  public init(
    verb: String, group: String, version: String, resource: String, namespace: String? = nil, name: String? = nil,
    subresource: String? = nil
  ) {
    self.verb = verb
    self.group = group
    self.version = version
    self.resource = resource
    self.namespace = namespace
    self.name = name
    self.subresource = subresource
  }
}

/// A request for a path that is no object: `/openapi/v2`.
public struct NonResourceAttributes: Codable, Hashable, Sendable {
  public var path: String?
  public var verb: String?

  public init(path: String, verb: String) {
    self.path = path
    self.verb = verb
  }
}

/// The answer.
public struct SubjectAccessReviewStatus: Codable, Hashable, Sendable {
  public var allowed: Bool
  /// True when the request is refused for good, and not only not allowed by anybody.
  public var denied: Bool?
  public var reason: String?
  public var evaluationError: String?

  public init(allowed: Bool, denied: Bool? = nil, reason: String? = nil, evaluationError: String? = nil) {
    self.allowed = allowed
    self.denied = denied
    self.reason = reason
    self.evaluationError = evaluationError
  }
}
