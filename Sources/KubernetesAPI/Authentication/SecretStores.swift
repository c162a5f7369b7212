/// Parameters from HashiCorp Vault.
public struct HashiCorpVault: Codable, Hashable, Sendable {
  public var address: String
  /// `token` or `kubernetes`.
  public var authentication: String
  public var secrets: [VaultSecret]
  public var namespace: String?
  public var credential: VaultCredential?
  public var role: String?
  public var mount: String?

  public init(address: String, authentication: String, secrets: [VaultSecret]) {
    self.address = address
    self.authentication = authentication
    self.secrets = secrets
  }
}

/// How to log in to Vault. The token itself may stand here, so nothing of it is shown.
public struct VaultCredential: Codable, Hashable, Sendable, HidesFieldValues, CustomStringConvertible, CustomReflectable
{
  public static let hiddenFields: Set<String> = ["token"]

  public var token: String?
  /// The path of a file with a service account's token.
  public var serviceAccount: String?
  public var serviceAccountName: String?

  public init() {}

  public var description: String { "VaultCredential(serviceAccountName: \(serviceAccountName ?? "-"))" }
  public var customMirror: Mirror { Mirror(self, children: ["serviceAccountName": serviceAccountName ?? "-"]) }
}

public struct VaultSecret: Codable, Hashable, Sendable {
  public var parameter: String
  public var path: String
  public var key: String
  /// Empty, `secretV2`, `secret` or `pki`.
  public var type: String?
  public var pkiData: VaultPKIData?

  public init(parameter: String, path: String, key: String) {
    self.parameter = parameter
    self.path = path
    self.key = key
  }
}

public struct VaultPKIData: Codable, Hashable, Sendable {
  public var commonName: String?
  public var altNames: String?
  public var ipSans: String?
  public var uriSans: String?
  public var otherSans: String?
  public var ttl: String?
  public var format: String?

  public init() {}
}

/// Parameters from Azure Key Vault.
public struct AzureKeyVault: Codable, Hashable, Sendable {
  public var vaultUri: String
  public var secrets: [AzureKeyVaultSecret]
  public var credentials: AzureKeyVaultCredentials?
  public var podIdentity: PodIdentity?
  public var cloud: AzureKeyVaultCloud?

  public init(vaultUri: String, secrets: [AzureKeyVaultSecret]) {
    self.vaultUri = vaultUri
    self.secrets = secrets
  }
}

public struct AzureKeyVaultSecret: Codable, Hashable, Sendable {
  public var parameter: String
  public var name: String
  public var version: String?

  public init(parameter: String, name: String) {
    self.parameter = parameter
    self.name = name
  }
}

public struct AzureKeyVaultCredentials: Codable, Hashable, Sendable {
  public var clientId: String
  public var tenantId: String
  public var clientSecret: CredentialReference

  public init(clientId: String, tenantId: String, clientSecret: CredentialReference) {
    self.clientId = clientId
    self.tenantId = tenantId
    self.clientSecret = clientSecret
  }
}

public struct AzureKeyVaultCloud: Codable, Hashable, Sendable {
  public var type: String
  public var keyVaultResourceURL: String?
  public var activeDirectoryEndpoint: String?

  public init(type: String) { self.type = type }
}

/// Parameters from Google Cloud's Secret Manager.
public struct GCPSecretManager: Codable, Hashable, Sendable {
  public var secrets: [GCPSecret]
  public var credentials: GCPCredentials?
  public var podIdentity: PodIdentity?

  public init(secrets: [GCPSecret]) { self.secrets = secrets }
}

public struct GCPSecret: Codable, Hashable, Sendable {
  public var parameter: String
  public var id: String
  /// `latest` when unset.
  public var version: String?

  public init(parameter: String, id: String) {
    self.parameter = parameter
    self.id = id
  }
}

public struct GCPCredentials: Codable, Hashable, Sendable {
  public var clientSecret: CredentialReference

  public init(clientSecret: CredentialReference) { self.clientSecret = clientSecret }
}

/// Parameters from AWS Secrets Manager.
public struct AWSSecretManager: Codable, Hashable, Sendable {
  public var secrets: [AWSSecret]
  public var credentials: AWSCredentials?
  public var podIdentity: PodIdentity?
  public var region: String?

  public init(secrets: [AWSSecret]) { self.secrets = secrets }
}

public struct AWSSecret: Codable, Hashable, Sendable {
  public var parameter: String
  public var name: String
  public var versionId: String?
  public var versionStage: String?
  /// A field of the secret, which is JSON then.
  public var secretKey: String?

  public init(parameter: String, name: String) {
    self.parameter = parameter
    self.name = name
  }
}

public struct AWSCredentials: Codable, Hashable, Sendable {
  public var accessKey: CredentialReference
  public var accessSecretKey: CredentialReference
  public var accessToken: CredentialReference?

  public init(accessKey: CredentialReference, accessSecretKey: CredentialReference) {
    self.accessKey = accessKey
    self.accessSecretKey = accessSecretKey
  }
}
