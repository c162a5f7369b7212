/// Asks the cluster whether somebody may do something: a `SubjectAccessReview`.
public protocol AccessReviewer: Sendable {
  /// - Returns: whether the status lets it through (`SubjectAccessReviewStatus.letsThrough`).
  /// - Throws: anything when the cluster cannot be asked; nothing of the error reaches the client.
  func isAllowed(_ question: AccessQuestion) async throws -> Bool
}

/// The spec of a `SubjectAccessReview`.
public struct AccessQuestion: Hashable, Sendable {
  public var user: AccessUser
  public var action: AccessAction

  public init(user: AccessUser, action: AccessAction) {
    self.user = user
    self.action = action
  }
}

/// What somebody wants to do.
public enum AccessAction: Hashable, Sendable {
  /// `resourceAttributes`.
  case resource(AccessedResource)
  /// `nonResourceAttributes`; the verb is the method in lower case.
  case path(String, verb: String)
}

/// `resourceAttributes` of a `SubjectAccessReview`; empty texts are left out there.
public struct AccessedResource: Hashable, Sendable {
  /// Empty for all namespaces.
  public var namespace: String
  /// `list` for the GET of a metric, see ``AccessAction/init(method:path:query:)``.
  public var verb: String
  public var group: String
  public var version: String
  /// The metric's name; `*` for all.
  public var resource: String
  public var subresource: String
  public var name: String

  public init(
    namespace: String, verb: String, group: String, version: String, resource: String, subresource: String = "",
    name: String = ""
  ) {
    self.namespace = namespace
    self.verb = verb
    self.group = group
    self.version = version
    self.resource = resource
    self.subresource = subresource
    self.name = name
  }
}
