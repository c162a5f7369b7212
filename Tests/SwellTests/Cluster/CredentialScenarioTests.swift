internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 7: credentials from Secrets and ConfigMaps, rotated and missing.
@Suite(.serialized) struct CredentialScenarioTests {
  /// A Redis that needs a login, with the stream `work` of 30 entries.
  static func guardedRedis() async throws -> RedisServer {
    let server = try await RedisServer.start {
      $0.users = [
        "blue on >blue-marker-1 >blue-marker-2 ~* +@all", "green on >green-marker-1 ~* +@all",
      ]
    }
    try await RedisStream(server: server, stream: "work").deliver(30)
    return server
  }

  static func secret(
    _ rig: ClusterRig, _ name: String, _ data: [String: JSONValue], namespace: String? = nil
  ) -> JSONValue {
    [
      "apiVersion": "v1", "kind": "Secret",
      "metadata": ["name": .string(name), "namespace": .string(namespace ?? rig.namespace)],
      "stringData": .object(data),
    ]
  }

  static func authentication(
    _ rig: ClusterRig, _ name: String, _ spec: JSONValue, isCluster: Bool = false
  ) -> JSONValue {
    var metadata: JSONValue = ["name": .string(name)]
    if !isCluster { metadata["namespace"] = .string(rig.namespace) }
    return [
      "apiVersion": "keda.sh/v1alpha1",
      "kind": isCluster ? "ClusterTriggerAuthentication" : "TriggerAuthentication", "metadata": metadata, "spec": spec,
    ]
  }

  /// `username` and `password` of one Secret.
  static func login(from secret: String) -> JSONValue {
    [
      "secretTargetRef": [
        ["parameter": "username", "name": .string(secret), "key": "username"],
        ["parameter": "password", "name": .string(secret), "key": "password"],
      ]
    ]
  }

  static func trigger(_ rig: ClusterRig, _ server: RedisServer, _ name: String, kind: String? = nil) -> JSONValue {
    var reference: JSONValue = ["name": .string(name)]
    if let kind { reference["kind"] = .string(kind) }
    return rig.trigger("work", address: server.address, ["authenticationRef": reference])
  }

  /// Whether somebody is logged in as this user.
  static func isLoggedIn(_ user: String, at server: RedisServer) async throws -> Bool {
    (try await server.run("CLIENT", "LIST").text ?? "").contains("user=\(user) ")
  }

  /// The last failed readings of an object, as /metrics counts them.
  static func errors(_ swell: ClusterSwell, of name: String) async throws -> [String] {
    try await CurlReply.get("\(swell.telemetry)/metrics").body.split(separator: "\n").map(String.init).filter {
      $0.hasPrefix("keda_scaler_detail_errors_total{") && $0.contains(#"scaledObject="\#(name)""#)
    }
  }

  @Test func aRotatedSecretIsUsedAtOnceWithoutAFailedPoll() async throws {
    let rig = try await ClusterRig.start()
    let server = try await Self.guardedRedis()
    let swell = try await rig.swell()
    try await rig.apply(Self.secret(rig, "login", ["username": "blue", "password": "blue-marker-1"]))
    try await rig.apply(Self.authentication(rig, "login", Self.login(from: "login")))
    // Rotation does not wait for the next poll.
    try await rig.add(
      "rotated", replicas: 0, ["pollingInterval": 30], triggers: [Self.trigger(rig, server, "login")])
    try await rig.wait(swell, "rotated", has: 3)
    try await rig.waitUntilReady(swell, "rotated")
    #expect(try await Self.isLoggedIn("blue", at: server))
    #expect(try rig.status(of: "rotated")?.authenticationsTypes == "login")
    try await eventually("the authentication names its user") {
      try rig.objects.get("triggerauthentications", "login", in: rig.namespace)?["status", "scaledobjects"] == "rotated"
    }

    let clock = ContinuousClock()
    for (user, password) in [("green", "green-marker-1"), ("blue", "blue-marker-2"), ("green", "green-marker-1")] {
      let start = clock.now
      try await rig.apply(
        Self.secret(rig, "login", ["username": .string(user), "password": .string(password)]))
      try await eventually("the new login is in use", within: .seconds(20)) {
        try await Self.isLoggedIn(user, at: server)
      }
      #expect(clock.now - start < .seconds(2), "\(user)")
      try await rig.waitUntilReady(swell, "rotated")
    }
    #expect(try await Self.errors(swell, of: "rotated").allSatisfy { $0.hasSuffix(" 0") })
    #expect(try await server.run("ACL", "LOG") == .array([]))
    #expect(try rig.replicas(of: "rotated") == 3)
    #expect(!(try rig.eventReasons(of: "rotated").contains("KEDAScalerFailed")))
    await swell.stop()
    await server.stop()
    await rig.stop()
  }

  @Test func whatIsMissingIsNamedAndHealsWhenItComes() async throws {
    let rig = try await ClusterRig.start()
    let server = try await Self.guardedRedis()
    let swell = try await rig.swell()
    try await rig.add("missing", replicas: 1, triggers: [Self.trigger(rig, server, "login")])
    func wait(for text: String) async throws {
      try await swell.waitUntil("it says \"\(text)\"") {
        try rig.condition("Ready", of: "missing") == "False ScaledObjectCheckFailed"
          && rig.message("Ready", of: "missing").contains(text)
      }
      #expect(try rig.replicas(of: "missing") == 1)
    }
    try await wait(for: #"TriggerAuthentication "login" does not exist"#)
    try await rig.apply(Self.authentication(rig, "login", Self.login(from: "login")))
    try await wait(for: "Secret \(rig.namespace)/login does not exist")
    try await rig.apply(Self.secret(rig, "login", ["username": "blue"]))
    try await wait(for: "Secret \(rig.namespace)/login has no key password")
    try await rig.apply(Self.secret(rig, "login", ["username": "blue", "password": "blue-marker-1"]))
    try await rig.wait(swell, "missing", has: 3)
    try await rig.waitUntilReady(swell, "missing")

    // It goes while it is used: the replicas stay, and the cause is told.
    try await rig.delete("login", resource: "secrets")
    try await swell.waitUntil("it says that the Secret is gone") {
      try rig.message("Ready", of: "missing").contains("Secret \(rig.namespace)/login does not exist")
    }
    #expect(try rig.replicas(of: "missing") == 3)
    try await rig.apply(Self.secret(rig, "login", ["username": "green", "password": "green-marker-1"]))
    try await rig.waitUntilReady(swell, "missing")
    #expect(try rig.replicas(of: "missing") == 3)

    // A wrong password is no missing one: the reading fails, and the next rotation heals it.
    try await rig.apply(Self.secret(rig, "login", ["username": "green", "password": "nonsense"]))
    try await rig.wait(swell, "missing", "Ready", is: "False TriggerError")
    try await rig.apply(Self.secret(rig, "login", ["username": "green", "password": "green-marker-1"]))
    try await rig.waitUntilReady(swell, "missing")
    #expect(try rig.replicas(of: "missing") == 3)
    await swell.stop()
    await server.stop()
    await rig.stop()
  }

  @Test func aClustersAuthenticationTakesSwellsOwnSecrets() async throws {
    let rig = try await ClusterRig.start()
    let server = try await Self.guardedRedis()
    let swell = try await rig.swell()
    // One of the same name where the object is: not the one that is meant.
    try await rig.apply(Self.secret(rig, "shared", ["username": "blue", "password": "wrong"]))
    try await rig.apply(
      Self.secret(rig, "shared", ["username": "blue", "password": "blue-marker-1"], namespace: "swell-system"))
    try await rig.apply(Self.authentication(rig, "shared", Self.login(from: "shared"), isCluster: true))
    let kind = "ClusterTriggerAuthentication"
    try await rig.add("clustered", replicas: 0, triggers: [Self.trigger(rig, server, "shared", kind: kind)])

    // A ConfigMap for what is no secret, a Secret for the rest.
    try await rig.apply(
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings, namespace: \(rig.namespace)}
      data: {user: blue}
      """)
    try await rig.apply(Self.secret(rig, "mixed", ["password": "blue-marker-2"]))
    try await rig.apply(
      Self.authentication(
        rig, "mixed",
        [
          "configMapTargetRef": [["parameter": "username", "name": "settings", "key": "user"]],
          "secretTargetRef": [["parameter": "password", "name": "mixed", "key": "password"]],
        ]))
    try await rig.add("mixed", replicas: 0, triggers: [Self.trigger(rig, server, "mixed")])
    for name in ["clustered", "mixed"] {
      try await rig.wait(swell, name, has: 3)
      try await rig.waitUntilReady(swell, name)
    }
    try await eventually("the authentication names its user") {
      try rig.objects.get("clustertriggerauthentications", "shared")?["status", "scaledobjects"] == "clustered"
    }

    // Both follow a change.
    try await rig.apply(Self.secret(rig, "mixed", ["password": "green-marker-1"]))
    try await rig.patch("settings", resource: "configmaps", ["data": ["user": "green"]])
    try await swell.waitUntil("the ConfigMap's user is logged in") { try await Self.isLoggedIn("green", at: server) }
    try await rig.apply(
      Self.secret(rig, "shared", ["username": "green", "password": "green-marker-1"], namespace: "swell-system"))
    try await swell.waitUntil("nobody is blue any more") { try await !Self.isLoggedIn("blue", at: server) }
    try await rig.waitUntilReady(swell, "clustered", "mixed")

    try await rig.delete("mixed")
    try await eventually("the authentication has no user any more", within: .seconds(20)) {
      (try rig.objects.get("triggerauthentications", "mixed", in: rig.namespace)?["status", "scaledobjects"]?.text ?? "")
        .isEmpty
    }
    await swell.stop()
    await server.stop()
    await rig.stop()
  }
}
