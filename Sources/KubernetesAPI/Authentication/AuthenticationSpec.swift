/// The spec that both kinds of trigger authentication share. Every block adds parameters to the trigger.
public struct AuthenticationSpec: Codable, Hashable, Sendable {
  public var podIdentity: PodIdentity?
  public var secretTargetRef: [AuthenticationKeyReference]?
  public var configMapTargetRef: [AuthenticationKeyReference]?
  public var env: [AuthenticationEnvironment]?
  /// Only for ClusterTriggerAuthentication.
  public var filePath: String?
  public var boundServiceAccountToken: [BoundServiceAccountToken]?
  public var hashiCorpVault: HashiCorpVault?
  public var azureKeyVault: AzureKeyVault?
  public var gcpSecretManager: GCPSecretManager?
  public var awsSecretManager: AWSSecretManager?
  public var oauth2: OAuth2?

  public init(
    podIdentity: PodIdentity? = nil, secretTargetRef: [AuthenticationKeyReference]? = nil,
    configMapTargetRef: [AuthenticationKeyReference]? = nil, env: [AuthenticationEnvironment]? = nil
  ) {
    self.podIdentity = podIdentity
    self.secretTargetRef = secretTargetRef
    self.configMapTargetRef = configMapTargetRef
    self.env = env
  }
}

/// The identity that a cloud gives to a pod.
public struct PodIdentity: Codable, Hashable, Sendable {
  /// `azure-workload`, `gcp`, `aws`, `aws-eks` or `none`.
  public var provider: String
  public var identityId: String?
  public var identityTenantId: String?
  public var identityAuthorityHost: String?
  public var roleArn: String?
  public var externalID: String?
  /// `keda` or `workload`.
  public var identityOwner: String?

  public init(provider: String) { self.provider = provider }
}

/// A parameter from a key of a Secret or ConfigMap.
public struct AuthenticationKeyReference: Codable, Hashable, Sendable {
  public var parameter: String
  public var name: String
  public var key: String

  public init(parameter: String, name: String, key: String) {
    self.parameter = parameter
    self.name = name
    self.key = key
  }
}

/// A parameter from the environment of the scale target's container.
public struct AuthenticationEnvironment: Codable, Hashable, Sendable {
  public var parameter: String
  public var name: String
  public var containerName: String?

  public init(parameter: String, name: String, containerName: String? = nil) {
    self.parameter = parameter
    self.name = name
    self.containerName = containerName
  }
}

/// A parameter that is a token of a service account.
public struct BoundServiceAccountToken: Codable, Hashable, Sendable {
  public var parameter: String
  public var serviceAccountName: String

  public init(parameter: String, serviceAccountName: String) {
    self.parameter = parameter
    self.serviceAccountName = serviceAccountName
  }
}

/// A credential from a key of a Secret: `valueFrom.secretKeyRef`.
public struct CredentialReference: Codable, Hashable, Sendable {
  public var valueFrom: ValueFrom

  public init(name: String, key: String) { valueFrom = ValueFrom(secretKeyRef: KeySelector(name: name, key: key)) }

  public struct ValueFrom: Codable, Hashable, Sendable {
    public var secretKeyRef: KeySelector

    public init(secretKeyRef: KeySelector) { self.secretKeyRef = secretKeyRef }
  }
}

/// OAuth 2 client credentials.
public struct OAuth2: Codable, Hashable, Sendable {
  /// `clientCredentials`, also when unset.
  public var type: String?
  public var clientId: String?
  public var clientSecret: CredentialReference?
  public var tokenUrl: String?
  public var scopes: [String]?
  public var tokenUrlParams: [String: String]?

  public init() {}
}
