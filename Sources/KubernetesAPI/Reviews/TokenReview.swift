/// `authentication.k8s.io/v1` TokenReview: asks the API server whose token this is. Its description and its reflection
/// do not show the token.
public struct TokenReview: Codable, Hashable, Sendable {
  public var apiVersion = "authentication.k8s.io/v1"
  public var kind = "TokenReview"
  public var spec: TokenReviewSpec
  public var status: TokenReviewStatus?

  public init(spec: TokenReviewSpec, status: TokenReviewStatus? = nil) {
    self.spec = spec
    self.status = status
  }
}

/// The question.
public struct TokenReviewSpec: Codable, Hashable, Sendable, HidesFieldValues {
  public static let hiddenFields: Set<String> = ["token"]

  public var token: String?
  /// What the token must be meant for; the API server itself when unset.
  public var audiences: [String]?

  public init(token: String, audiences: [String]? = nil) {
    self.token = token
    self.audiences = audiences
  }
}

extension TokenReviewSpec: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "TokenReviewSpec(token: <redacted>)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["audiences": audiences ?? []]) }
}

/// The answer.
public struct TokenReviewStatus: Codable, Hashable, Sendable {
  /// False when unset.
  public var authenticated: Bool?
  public var user: UserInfo?
  public var audiences: [String]?
  /// Why the token could not be checked.
  public var error: String?

  public init(
    authenticated: Bool?, user: UserInfo? = nil, audiences: [String]? = nil, error: String? = nil
  ) {
    self.authenticated = authenticated
    self.user = user
    self.audiences = audiences
    self.error = error
  }
}

/// Somebody whom the API server knows.
public struct UserInfo: Codable, Hashable, Sendable {
  /// `system:serviceaccount:kube-system:horizontal-pod-autoscaler`.
  public var username: String?
  public var uid: String?
  public var groups: [String]?
  public var extra: [String: [String]]?

  public init(
    username: String?, uid: String? = nil, groups: [String]? = nil, extra: [String: [String]]? = nil
  ) {
    self.username = username
    self.uid = uid
    self.groups = groups
    self.extra = extra
  }
}
