public import KubernetesAPI
public import Questions

/// The parameters that a trigger gets from its TriggerAuthentication.
public struct ResolvedAuthentication: Sendable {
  public var parameters: [String: SecretText]
  /// `podIdentity.provider`; empty when there is none.
  public var podIdentity: String

  public init(parameters: [String: SecretText] = [:], podIdentity: String = "") {
    self.parameters = parameters
    self.podIdentity = podIdentity
  }
}

/// Resolves `authenticationRef`.
///
/// Later sources win for the same parameter, in KEDA's order: env, configMapTargetRef, secretTargetRef. What is missing
/// is an error that names it: an empty password would only fail later, and less clearly. (KEDA goes on with an empty
/// value: see docs/differences-from-keda.md.)
public struct AuthenticationResolver: Sendable {
  private let objects: any ConfigurationObjects
  /// Where Secrets and ConfigMaps of a ClusterTriggerAuthentication are.
  private let clusterNamespace: String

  public init(objects: any ConfigurationObjects, clusterNamespace: String) {
    self.objects = objects
    self.clusterNamespace = clusterNamespace
  }

  /// - Parameter workload: the scale target, for `env`.
  /// - Returns: the parameters, and what could not be resolved; fields are relative to the trigger.
  public func resolve(
    _ reference: AuthenticationRef?, namespace: String, workload: Workload?
  ) -> (ResolvedAuthentication, [FieldError]) {
    // As in KEDA, a reference without a name is none.
    guard let reference, !reference.name.isEmpty else { return (ResolvedAuthentication(), []) }
    let isCluster = reference.kind == ClusterTriggerAuthentication.kind
    let spec =
      isCluster
      ? objects.clusterTriggerAuthentication(reference.name)?.spec
      : objects.triggerAuthentication(reference.name, namespace: namespace)?.spec
    guard let spec else {
      let kind = isCluster ? ClusterTriggerAuthentication.kind : TriggerAuthentication.kind
      let place = isCluster ? "" : " in namespace \(namespace)"
      let message = "\(kind) \"\(shortened(reference.name))\" does not exist\(place): create it, or correct the name"
      return (ResolvedAuthentication(), [FieldError(field: "authenticationRef.name", message: message)])
    }
    var resolution = Resolution(
      objects: objects, namespace: isCluster ? clusterNamespace : namespace, name: reference.name)
    resolution.refuseUnsupported(spec)
    resolution.addEnvironment(spec.env, workload: workload, targetNamespace: namespace)
    resolution.addConfigMaps(spec.configMapTargetRef)
    resolution.addSecrets(spec.secretTargetRef)
    let podIdentity = spec.podIdentity.map { $0.provider == "none" ? "" : $0.provider } ?? ""
    return (
      ResolvedAuthentication(parameters: resolution.parameters, podIdentity: podIdentity), resolution.errors
    )
  }
}

/// One TriggerAuthentication on its way.
private struct Resolution {
  let objects: any ConfigurationObjects
  let namespace: String
  let name: String
  var parameters: [String: SecretText] = [:]
  var errors: [FieldError] = []

  mutating func refuseUnsupported(_ spec: AuthenticationSpec) {
    let blocks: [(String, Bool)] = [
      ("filePath", spec.filePath != nil), ("boundServiceAccountToken", spec.boundServiceAccountToken?.isEmpty == false),
      ("hashiCorpVault", spec.hashiCorpVault != nil), ("azureKeyVault", spec.azureKeyVault != nil),
      ("gcpSecretManager", spec.gcpSecretManager != nil), ("awsSecretManager", spec.awsSecretManager != nil),
      ("oauth2", spec.oauth2 != nil),
    ]
    for (block, isUsed) in blocks where isUsed {
      fail("spec.\(block) is not supported yet: use secretTargetRef, configMapTargetRef or env")
    }
  }

  /// The container is the one that the reference names, else the first one: as in KEDA, `envSourceContainerName` of the
  /// ScaledObject is for `…FromEnv` only.
  mutating func addEnvironment(
    _ references: [AuthenticationEnvironment]?, workload: Workload?, targetNamespace: String
  ) {
    for reference in references ?? [] {
      let (environment, problems) = EnvironmentResolver.environment(
        of: workload, container: reference.containerName, field: "authenticationRef", objects: objects,
        namespace: targetNamespace)
      for problem in problems { fail(problem.message) }
      if let value = environment[reference.name] {
        parameters[reference.parameter] = value
      } else if problems.isEmpty {
        let cause =
          workload == nil
          ? "does not exist, or its containers may not be read" : "has a container without such a variable"
        fail("parameter \(reference.parameter): variable \(reference.name) is not known: the scale target \(cause)")
      }
    }
  }

  mutating func addConfigMaps(_ references: [AuthenticationKeyReference]?) {
    for reference in references ?? [] {
      guard let map = objects.configMap(reference.name, namespace: namespace) else {
        fail(missing: "ConfigMap", reference)
        continue
      }
      guard let value = map.data?[reference.key] else {
        fail(missingKeyOf: "ConfigMap", reference, isEmpty: map.data?.isEmpty ?? true)
        continue
      }
      parameters[reference.parameter] = SecretText(value)
    }
  }

  mutating func addSecrets(_ references: [AuthenticationKeyReference]?) {
    for reference in references ?? [] {
      guard let secret = objects.secret(reference.name, namespace: namespace) else {
        fail(missing: "Secret", reference)
        continue
      }
      guard let value = secret.value(forKey: reference.key) else {
        if secret.keys.contains(reference.key) {
          let place = "Secret \(namespace)/\(reference.name), key \(reference.key)"
          fail(
            "parameter \(reference.parameter): \(place): data must be Base64: write plain text in stringData instead")
        } else {
          fail(missingKeyOf: "Secret", reference, isEmpty: secret.keys.isEmpty)
        }
        continue
      }
      parameters[reference.parameter] = SecretText(value)
    }
  }

  private mutating func fail(missing kind: String, _ reference: AuthenticationKeyReference) {
    fail(
      "parameter \(reference.parameter): \(kind) \(namespace)/\(reference.name) does not exist: create it with key "
        + "\(reference.key), or correct the name")
  }

  /// The keys that are there are not told: the message goes where not everybody may read the Secret, and a key's name can
  /// say too much.
  private mutating func fail(missingKeyOf kind: String, _ reference: AuthenticationKeyReference, isEmpty: Bool) {
    let place = "\(kind) \(namespace)/\(reference.name)"
    let advice =
      isEmpty
      ? "it is empty: add the key"
      : "add it, or correct the key (kubectl -n \(namespace) describe \(kind.lowercased()) \(reference.name) lists "
        + "the keys\(kind == "Secret" ? ", not the values" : ""))"
    fail("parameter \(reference.parameter): \(place) has no key \(reference.key): \(advice)")
  }

  private mutating func fail(_ message: String) {
    let error = FieldError(field: "authenticationRef", message: "\(name): \(message)")
    if !errors.contains(error) { errors.append(error) }
  }
}
