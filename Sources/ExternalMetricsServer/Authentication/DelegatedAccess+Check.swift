internal import HTTPServing

extension DelegatedAccess {
  /// What is known of a request.
  enum Check {
    case allowed
    case refused(HTTPResponse)
    /// The cluster has to be asked.
    case unknown
  }

  /// What memory knows, without waiting.
  func checkInMemory(_ request: HTTPRequest) -> Check {
    if isAlwaysAllowed(request) { return .allowed }
    let active = active
    switch credentials(of: request, active) {
    case .user(let user, let isProxied):
      return checkInMemory(user, isProxied: isProxied, request, active)
    case .token(let token):
      switch tokens.answer(for: token.digest) {
      case .valid(let user): return checkInMemory(user, isProxied: false, request, active)
      case .invalid: return .refused(.unauthorized)
      case nil: return .unknown
      }
    case .none:
      return .refused(.unauthorized)
    }
  }

  /// The same after asking the cluster.
  ///
  /// - Returns: the refusal, or nil when the request may go on.
  func check(_ request: HTTPRequest) async -> HTTPResponse? {
    if isAlwaysAllowed(request) { return nil }
    let active = active
    do {
      switch credentials(of: request, active) {
      case .user(let user, let isProxied):
        return try await check(user, isProxied: isProxied, request)
      case .token(let token):
        guard case .valid(let user) = try await verdict(of: token) else { return .unauthorized }
        return try await check(user, isProxied: false, request)
      case .none:
        return .unauthorized
      }
    } catch {
      return .accessUnknown
    }
  }

  private func isAlwaysAllowed(_ request: HTTPRequest) -> Bool {
    // The longest of them is shorter than any path of a metric.
    request.path.utf8.count <= 32 && request.method.isRead
      && settings.alwaysAllowedPaths.contains(String(request.path))
  }

  // MARK: Authentication

  private func verdict(of token: BearerToken) async throws -> TokenVerdict {
    let reviewer = tokenReviewer
    return try await tokens.answer(for: token.digest) {
      switch try await reviewer.review(token) {
      case .invalid: return .invalid
      case .valid(var user):
        user.addAuthenticatedGroup()
        return .valid(user)
      }
    }
  }

  // MARK: Authorization

  private func checkInMemory(
    _ user: AccessUser, isProxied: Bool, _ request: HTTPRequest, _ active: Active
  ) -> Check {
    if let settled = settled(user, isProxied: isProxied, request) { return settled }
    let action = AccessAction(request)
    if let every = everyMetric(action, isProxied: isProxied) {
      switch decisions.entry(for: AccessQuestion(user: user, action: every)) {
      case (true, let until)?:
        if MetricListRequest.isOne(request) { active.callers?.remember(request, until: until) }
        return .allowed
      case (false, _)?: break
      case nil: return .unknown
      }
    }
    return switch decisions.answer(for: AccessQuestion(user: user, action: action)) {
    case true: .allowed
    case false: .refused(.forbidden(action, to: user))
    case nil: .unknown
    }
  }

  private func check(_ user: AccessUser, isProxied: Bool, _ request: HTTPRequest) async throws -> HTTPResponse? {
    switch settled(user, isProxied: isProxied, request) {
    case .allowed: return nil
    case .refused(let response): return response
    case .unknown, nil: break
    }
    let action = AccessAction(request)
    if let every = everyMetric(action, isProxied: isProxied),
      try await isAllowed(AccessQuestion(user: user, action: every))
    {
      return nil
    }
    return try await isAllowed(AccessQuestion(user: user, action: action)) ? nil : .forbidden(action, to: user)
  }

  private func isAllowed(_ question: AccessQuestion) async throws -> Bool {
    let reviewer = accessReviewer
    return try await decisions.answer(for: question) { try await reviewer.isAllowed(question) }
  }

  /// What needs no question to the cluster.
  private func settled(_ user: AccessUser, isProxied: Bool, _ request: HTTPRequest) -> Check? {
    // Whoever asks to act as somebody else must not be answered as himself. (The front proxy has seen to it already.)
    if !isProxied, request.headers.contains(where: { FrontProxy.hasPrefix($0.name, "Impersonate-") }) {
      return .refused(.noImpersonation)
    }
    return user.groups.contains(where: settings.alwaysAllowedGroups.contains) ? .allowed : nil
  }

  /// The same for every metric of every namespace, where that is asked first: the HPA controller may read them all, so
  /// one question covers what would be one for each metric, for their HPAs ask less often than answers are kept.
  ///
  /// Only for requests that come through the front proxy, whose API server has put the exact question to its own
  /// authorizers before: for them this is a second look, and a rule that forbids a single metric is not passed over.
  private func everyMetric(_ action: AccessAction, isProxied: Bool) -> AccessAction? {
    guard isProxied, case .resource(let attributes) = action, attributes.name.isEmpty, !attributes.namespace.isEmpty
    else { return nil }
    return .resource(
      AccessedResource(
        namespace: "", verb: attributes.verb, group: attributes.group, version: attributes.version, resource: "*"))
  }
}
