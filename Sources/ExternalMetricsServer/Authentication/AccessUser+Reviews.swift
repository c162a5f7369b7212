public import KubernetesAPI

extension TokenVerdict {
  /// What the status of a `TokenReview` says. One that could not be checked is as good as unknown.
  public init(_ status: TokenReviewStatus?) {
    guard let status, status.authenticated == true, let user = status.user, let name = user.username, !name.isEmpty
    else {
      self = .invalid
      return
    }
    self = .valid(
      AccessUser(name: name, uid: user.uid ?? "", groups: user.groups ?? [], extra: user.extra ?? [:]))
  }
}

extension AccessQuestion {
  /// The `SubjectAccessReview` that asks it.
  public var review: SubjectAccessReview {
    var spec = SubjectAccessReviewSpec(
      user: user.name, groups: user.groups, uid: user.uid.isEmpty ? nil : user.uid,
      extra: user.extra.isEmpty ? nil : user.extra)
    switch action {
    case .path(let path, let verb):
      spec.nonResourceAttributes = NonResourceAttributes(path: path, verb: verb)
    case .resource(let asked):
      spec.resourceAttributes = ResourceAttributes(
        verb: asked.verb, group: asked.group, version: asked.version, resource: asked.resource,
        namespace: asked.namespace.isEmpty ? nil : asked.namespace, name: asked.name.isEmpty ? nil : asked.name,
        subresource: asked.subresource.isEmpty ? nil : asked.subresource)
    }
    return SubjectAccessReview(spec: spec)
  }
}

extension SubjectAccessReviewStatus {
  /// Whether the answer lets the request through: allowed by somebody and denied by nobody.
  public var letsThrough: Bool { allowed && denied != true }
}
