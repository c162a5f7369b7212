/// A request method. Methods are case-sensitive, as RFC 9110 says; anything unusual is `other`.
public enum HTTPMethod: Hashable, Sendable {
  case get, head, post, put, patch, delete, options
  case other(String)

  public init(_ name: String) {
    switch name {
    case "GET": self = .get
    case "HEAD": self = .head
    case "POST": self = .post
    case "PUT": self = .put
    case "PATCH": self = .patch
    case "DELETE": self = .delete
    case "OPTIONS": self = .options
    default: self = .other(name)
    }
  }

  public var name: String {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .patch: "PATCH"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .other(let name): name
    }
  }

  /// GET or HEAD: reads something and has no body.
  public var isRead: Bool { self == .get || self == .head }
}
