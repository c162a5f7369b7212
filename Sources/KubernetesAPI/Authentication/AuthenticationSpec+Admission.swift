extension AuthenticationSpec {
  /// The rules of KEDA's admission webhook for TriggerAuthentications and ClusterTriggerAuthentications.
  ///
  /// As in KEDA, `oauth2` is not looked at beside a `podIdentity` other than `aws` and `azure-workload`.
  public func admissionViolations() -> [AdmissionViolation] {
    var problems = AdmissionProblems()
    if let podIdentity {
      switch podIdentity.provider {
      case "azure-workload": podIdentity.validateAzure(&problems)
      case "aws": podIdentity.validateAWS(&problems)
      default: return []
      }
    }
    oauth2?.validate(&problems)
    return problems.violations
  }
}

extension PodIdentity {
  fileprivate func validateAzure(_ problems: inout AdmissionProblems) {
    if identityId == "" {
      problems.add(
        .authentication,
        "identityId of PodIdentity should not be empty. If it's set, identityId has to be different than \"\"",
        "spec.podIdentity.identityId", "must not be empty: write the client id, or leave identityId out")
    }
    let hasTenant = !(identityTenantId ?? "").isEmpty
    if !(identityAuthorityHost ?? "").isEmpty {
      guard !hasTenant else { return }
      problems.add(
        .authentication,
        "identityTenantID of PodIdentity should not be nil or empty when identityAuthorityHost of PodIdentity is set",
        "spec.podIdentity.identityTenantId", "is missing: identityAuthorityHost needs it")
    } else if identityTenantId == "" {
      problems.add(
        .authentication,
        "identityTenantId of PodIdentity should not be empty. If it's set, identityTenantId has to be different than \"\"",
        "spec.podIdentity.identityTenantId", "must not be empty: write the tenant's id, or leave identityTenantId out")
    }
  }

  fileprivate func validateAWS(_ problems: inout AdmissionProblems) {
    let hasRole = !(roleArn ?? "").isEmpty
    if hasRole, identityOwner == "workload" {
      problems.add(
        .authentication, "roleArn of PodIdentity can't be set if KEDA isn't identityOwner", "spec.podIdentity.roleArn",
        "does not go with identityOwner: workload, which uses the workload's own role: leave one of them out")
    }
    if !(externalID ?? "").isEmpty, !hasRole {
      problems.add(
        .authentication, "externalID of PodIdentity requires roleArn to be set", "spec.podIdentity.externalID",
        "needs a roleArn: set it, or leave externalID out")
    }
  }
}

extension OAuth2 {
  fileprivate func validate(_ problems: inout AdmissionProblems) {
    if type != "clientCredentials" {
      problems.add(
        .authentication, "oauth2.type must be 'clientCredentials', got '\(shortened(type ?? ""))'", "spec.oauth2.type",
        "must be clientCredentials")
    }
    if (clientId ?? "").isEmpty {
      problems.add(
        .authentication, "oauth2.clientId is required when oauth2 is configured", "spec.oauth2.clientId",
        "is missing: write the client's id")
    }
    if (tokenUrl ?? "").isEmpty {
      problems.add(
        .authentication, "oauth2.tokenUrl is required when oauth2 is configured", "spec.oauth2.tokenUrl",
        "is missing: write the URL that gives tokens")
    } else if !hasAbsoluteTokenURL {
      problems.add(
        .authentication, "oauth2.tokenUrl must be a valid http or https URL", "spec.oauth2.tokenUrl",
        "is not a URL: write https://host/path")
    }
  }

  /// `http` or `https`, a host, at most a number as its port, and no broken escapes: what Go's `url.Parse` takes.
  private var hasAbsoluteTokenURL: Bool {
    guard let text = tokenUrl, let colon = text.firstIndex(of: ":"),
      ["http", "https"].contains(text[..<colon].lowercased())
    else { return false }
    let rest = text[text.index(after: colon)...]
    guard rest.hasPrefix("//"), rest.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
    let authority = rest.dropFirst(2).prefix { !"/?#".contains($0) }
    let path = rest.dropFirst(2 + authority.count).prefix { !"?#".contains($0) }
    let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    guard !host.isEmpty, host.utf8.allSatisfy({ !" \"<>\\^`{}|%".utf8.contains($0) }), !path.hasBrokenEscape else {
      return false
    }
    let name = host.lastIndex(of: "]").map { host[host.index(after: $0)...] } ?? host
    guard host.hasPrefix("[") == host.contains("]") else { return false }
    guard let port = name.lastIndex(of: ":").map({ name[name.index(after: $0)...] }) else {
      return !host.hasPrefix("[") || name.isEmpty
    }
    return port.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
  }
}

extension Substring {
  /// A `%` without two hexadecimal digits behind it.
  fileprivate var hasBrokenEscape: Bool {
    let bytes = Array(utf8)
    func isHexadecimal(_ index: Int) -> Bool {
      bytes.indices.contains(index) && Character(UnicodeScalar(bytes[index])).isHexDigit
    }
    return bytes.indices.contains {
      bytes[$0] == UInt8(ascii: "%") && !(isHexadecimal($0 + 1) && isHexadecimal($0 + 2))
    }
  }
}
