import Engine
import KubernetesAPI
import Questions
import Testing

@Suite struct AuthenticationResolverTests {
  static let secretText = "correct-horse-battery-staple"

  static func meta(_ name: String, _ namespace: String = Samples.namespace) -> ObjectMeta {
    ObjectMeta(name: name, namespace: namespace)
  }

  static func key(_ parameter: String, _ name: String, _ key: String) -> AuthenticationKeyReference {
    AuthenticationKeyReference(parameter: parameter, name: name, key: key)
  }

  static func workload(_ containers: [Container]) -> Workload {
    Workload(
      apiVersion: "apps/v1", kind: "Deployment", metadata: meta("orders"),
      spec: WorkloadSpec(template: PodTemplate(spec: PodSpec(containers: containers))))
  }

  static let objects = FakeObjects(
    secrets: [
      Secret(metadata: meta("redis"), data: ["password": "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZQ=="]),
      Secret(metadata: meta("redis", "swell"), stringData: ["password": "of the cluster"]),
    ],
    configMaps: [ConfigMap(metadata: meta("settings"), data: ["user": "worker", "password": "from the map"])],
    workloads: [
      workload([
        Container(
          name: "main",
          env: [
            EnvironmentVariable(name: "PASSWORD", value: "from the environment"),
            EnvironmentVariable(
              name: "TOKEN",
              valueFrom: EnvironmentValueSource(secretKeyRef: KeySelector(name: "redis", key: "password"))),
          ]),
        Container(name: "side", env: [EnvironmentVariable(name: "PASSWORD", value: "of the side car")]),
      ])
    ])

  static func resolve(
    _ spec: AuthenticationSpec, cluster: Bool = false, objects: FakeObjects = objects
  ) -> (parameters: [String: String], podIdentity: String, errors: [FieldError]) {
    var objects = objects
    objects.triggerAuthentications = [TriggerAuthentication(metadata: meta("auth"), spec: spec)]
    objects.clusterTriggerAuthentications = [
      ClusterTriggerAuthentication(metadata: ObjectMeta(name: "auth"), spec: spec)
    ]
    let (resolved, errors) = AuthenticationResolver(objects: objects, clusterNamespace: "swell").resolve(
      AuthenticationRef(name: "auth", kind: cluster ? "ClusterTriggerAuthentication" : nil),
      namespace: Samples.namespace, workload: objects.workload(Samples.target()))
    return (resolved.parameters.mapValues { $0.reveal() }, resolved.podIdentity, errors)
  }

  @Test func withoutAReferenceThereIsNothing() {
    let (resolved, errors) = AuthenticationResolver(objects: Self.objects, clusterNamespace: "swell").resolve(
      nil, namespace: Samples.namespace, workload: nil)
    #expect(resolved.parameters.isEmpty && resolved.podIdentity.isEmpty && errors.isEmpty)
  }

  @Test func eachKindOfReference() {
    let found = Self.resolve(
      AuthenticationSpec(
        podIdentity: PodIdentity(provider: "aws"), secretTargetRef: [Self.key("password", "redis", "password")],
        configMapTargetRef: [Self.key("username", "settings", "user")],
        env: [
          AuthenticationEnvironment(parameter: "own", name: "PASSWORD"),
          AuthenticationEnvironment(parameter: "side", name: "PASSWORD", containerName: "side"),
          AuthenticationEnvironment(parameter: "token", name: "TOKEN"),
        ]))
    #expect(found.errors.isEmpty)
    #expect(found.podIdentity == "aws")
    #expect(
      found.parameters == [
        "password": Self.secretText, "username": "worker", "own": "from the environment", "side": "of the side car",
        "token": Self.secretText,
      ])
  }

  @Test func envThenConfigMapThenSecret() {
    let env = [AuthenticationEnvironment(parameter: "password", name: "PASSWORD")]
    let map = [Self.key("password", "settings", "password")]
    let secret = [Self.key("password", "redis", "password")]
    func password(_ spec: AuthenticationSpec) -> String? { Self.resolve(spec).parameters["password"] }
    #expect(password(AuthenticationSpec(env: env)) == "from the environment")
    #expect(password(AuthenticationSpec(configMapTargetRef: map, env: env)) == "from the map")
    #expect(
      password(AuthenticationSpec(secretTargetRef: secret, configMapTargetRef: map, env: env)) == Self.secretText)
  }

  @Test func theIdentityNoneIsNone() {
    #expect(Self.resolve(AuthenticationSpec(podIdentity: PodIdentity(provider: "none"))).podIdentity.isEmpty)
  }

  @Test func aClusterTriggerAuthenticationReadsTheClusterNamespace() {
    let spec = AuthenticationSpec(
      secretTargetRef: [Self.key("password", "redis", "password")],
      env: [AuthenticationEnvironment(parameter: "own", name: "TOKEN")])
    let found = Self.resolve(spec, cluster: true)
    #expect(found.parameters["password"] == "of the cluster")
    #expect(found.parameters["own"] == Self.secretText, "the environment is the target's")
    let missing = Self.resolve(
      AuthenticationSpec(configMapTargetRef: [Self.key("user", "settings", "user")]), cluster: true)
    #expect(
      missing.errors.map(\.message) == [
        "auth: parameter user: ConfigMap swell/settings does not exist: create it with key user, or correct the name"
      ])
  }

  @Test(arguments: [
    (
      AuthenticationSpec(secretTargetRef: [key("password", "nowhere", "password")]),
      "auth: parameter password: Secret shop/nowhere does not exist: create it with key password, or correct the name"
    ),
    (
      AuthenticationSpec(secretTargetRef: [key("password", "redis", "pass")]),
      "auth: parameter password: Secret shop/redis has no key pass: add it, or correct the key "
        + "(kubectl -n shop describe secret redis lists the keys, not the values)"
    ),
    (
      AuthenticationSpec(configMapTargetRef: [key("user", "nowhere", "user")]),
      "auth: parameter user: ConfigMap shop/nowhere does not exist: create it with key user, or correct the name"
    ),
    (
      AuthenticationSpec(configMapTargetRef: [key("user", "settings", "name")]),
      "auth: parameter user: ConfigMap shop/settings has no key name: add it, or correct the key "
        + "(kubectl -n shop describe configmap settings lists the keys)"
    ),
    (
      AuthenticationSpec(env: [AuthenticationEnvironment(parameter: "token", name: "TOKENS")]),
      "auth: parameter token: variable TOKENS is not known: the scale target has a container without such a variable"
    ),
    (
      AuthenticationSpec(env: [
        AuthenticationEnvironment(parameter: "token", name: "TOKEN", containerName: "nowhere")
      ]),
      "auth: \"nowhere\" is no container of the scale target: write one of main, side"
    ),
  ])
  func whatIsMissingIsNamed(_ spec: AuthenticationSpec, _ message: String) {
    let found = Self.resolve(spec)
    #expect(found.errors == [FieldError(field: "authenticationRef", message: message)])
  }

  @Test func theEnvironmentOfATargetThatIsNotThere() {
    var objects = Self.objects
    objects.workloads = []
    let found = Self.resolve(
      AuthenticationSpec(env: [AuthenticationEnvironment(parameter: "token", name: "TOKEN")]), objects: objects)
    #expect(
      found.errors.map(\.message) == [
        "auth: parameter token: variable TOKEN is not known: "
          + "the scale target does not exist, or its containers may not be read"
      ])
  }

  @Test func theReferenceItselfIsNamed() {
    let resolver = AuthenticationResolver(objects: Self.objects, clusterNamespace: "swell")
    for (kind, message) in [
      (nil, "TriggerAuthentication \"nobody\" does not exist in namespace shop: create it, or correct the name"),
      (
        "ClusterTriggerAuthentication",
        "ClusterTriggerAuthentication \"nobody\" does not exist: create it, or correct the name"
      ),
    ] {
      let (_, errors) = resolver.resolve(
        AuthenticationRef(name: "nobody", kind: kind), namespace: "shop", workload: nil)
      #expect(errors == [FieldError(field: "authenticationRef.name", message: message)])
    }
  }

  /// As in KEDA.
  @Test func aReferenceWithoutANameIsNone() {
    let resolver = AuthenticationResolver(objects: Self.objects, clusterNamespace: "swell")
    let (found, errors) = resolver.resolve(AuthenticationRef(name: ""), namespace: "shop", workload: nil)
    #expect(errors.isEmpty)
    #expect(found.parameters.isEmpty)
  }

  @Test func whatIsNotSupportedIsRefusedAndNotIgnored() {
    var spec = AuthenticationSpec()
    spec.filePath = "/etc/keda"
    spec.boundServiceAccountToken = [BoundServiceAccountToken(parameter: "token", serviceAccountName: "default")]
    spec.hashiCorpVault = HashiCorpVault(address: "https://vault", authentication: "token", secrets: [])
    spec.azureKeyVault = AzureKeyVault(vaultUri: "https://vault", secrets: [])
    spec.gcpSecretManager = GCPSecretManager(secrets: [])
    spec.awsSecretManager = AWSSecretManager(secrets: [])
    spec.oauth2 = OAuth2()
    let errors = Self.resolve(spec).errors.map(\.message)
    for block in [
      "filePath", "boundServiceAccountToken", "hashiCorpVault", "azureKeyVault", "gcpSecretManager",
      "awsSecretManager", "oauth2",
    ] {
      #expect(errors.contains { $0.contains("spec.\(block) is not supported yet: use secretTargetRef") }, "\(block)")
    }
  }
}
