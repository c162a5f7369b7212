internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 7: credentials from the environment of the target's container, and where no credential may be seen.
@Suite(.serialized) struct ContainerCredentialScenarioTests {
  private static func containers(_ user: String, _ variable: JSONValue) -> JSONValue {
    var (sidecar, worker) = (WorkloadSpec.container, WorkloadSpec.container)
    (sidecar["name"], worker["name"]) = ("sidecar", "worker")
    worker["env"] = [["name": "USER", "value": .string(user)], variable]
    return [sidecar, worker]
  }

  private static func fromSecret(_ name: String) -> JSONValue {
    [
      "name": "PASSWORD",
      "valueFrom": ["secretKeyRef": ["name": .string(name), "key": "password"]],
    ]
  }

  private static func environment(_ rig: ClusterRig, user: String, _ variable: JSONValue) async throws {
    try await rig.patch(
      "contained", resource: "deployments",
      ["spec": ["template": ["spec": ["containers": containers(user, variable)]]]])
  }

  @Test func theContainersEnvironmentIsFollowed() async throws {
    let rig = try await ClusterRig.start()
    let server = try await CredentialScenarioTests.guardedRedis()
    let swell = try await rig.swell()
    try rig.deployment("contained", replicas: 0)
    try rig.deployment("by-name", replicas: 0)
    try await Self.environment(rig, user: "blue", Self.fromSecret("first"))
    try await rig.apply(
      CredentialScenarioTests.authentication(
        rig, "container",
        [
          "env": [
            ["parameter": "username", "name": "USER", "containerName": "worker"],
            ["parameter": "password", "name": "PASSWORD", "containerName": "worker"],
          ]
        ]))
    try await rig.apply(
      rig.object("contained", triggers: [CredentialScenarioTests.trigger(rig, server, "container")]))
    try await swell.waitUntil("the missing Secret is named") {
      try rig.message("Ready", of: "contained").contains("needs Secret \(rig.namespace)/first, which does not exist")
    }
    try await rig.apply(CredentialScenarioTests.secret(rig, "first", ["password": "blue-marker-1"]))
    try await rig.wait(swell, "contained", has: 3)
    try await rig.waitUntilReady(swell, "contained")

    // The Secret behind the variable changes, then the variables themselves.
    try await server.run("ACL", "SETUSER", "blue", ">blue-marker-3")
    try await rig.apply(CredentialScenarioTests.secret(rig, "first", ["password": "blue-marker-3"]))
    try await rig.apply(CredentialScenarioTests.secret(rig, "second", ["password": "green-marker-1"]))
    try await Self.environment(rig, user: "green", Self.fromSecret("second"))
    try await eventually("the other user is logged in", within: .seconds(30)) {
      try await CredentialScenarioTests.isLoggedIn("green", at: server)
    }
    try await rig.waitUntilReady(swell, "contained")
    #expect(try await CredentialScenarioTests.errors(swell, of: "contained").allSatisfy { $0.hasSuffix(" 0") })
    // The old one is worth nothing from here on.
    try await server.run("ACL", "SETUSER", "blue", "off")
    try await server.run("CLIENT", "KILL", "USER", "blue")
    try await RedisStream(server: server, stream: "work").acknowledgeAll()
    try await rig.wait(swell, "contained", has: 0)

    // A setting that names the variable itself, of a container that the target names.
    try await rig.patch(
      "by-name", resource: "deployments",
      [
        "spec": [
          "template": [
            "spec": ["containers": Self.containers("green", ["name": "PASSWORD", "value": "green-marker-1"])]
          ]
        ]
      ])
    var trigger = rig.trigger("work", address: server.address)
    trigger["metadata", "usernameFromEnv"] = "USER"
    trigger["metadata", "passwordFromEnv"] = "PASSWORD"
    try await RedisStream(server: server, stream: "work").deliver(20)
    try await rig.apply(
      rig.object(
        "by-name", ["scaleTargetRef": ["name": "by-name", "envSourceContainerName": "worker"]], triggers: [trigger]))
    try await rig.wait(swell, "by-name", has: 2)
    await swell.stop()
    await server.stop()
    await rig.stop()
  }

  /// Right, wrong and refused credentials: none of them is told anywhere.
  @Test func credentialsAreNeverTold() async throws {
    let rig = try await ClusterRig.start()
    let server = try await CredentialScenarioTests.guardedRedis()
    let swell = try await rig.swell(["--leader-elect", "false", "--log-level", "debug"])
    let logins: [(name: String, password: String)] = [
      ("right", "blue-marker-1"), ("wrong", "wrong-marker-9"), ("strange", "strange-marker-9 \"\n\u{7}"),
    ]
    for login in logins {
      try await rig.apply(
        CredentialScenarioTests.secret(rig, login.name, ["username": "blue", "password": .string(login.password)]))
      try await rig.apply(
        CredentialScenarioTests.authentication(rig, login.name, CredentialScenarioTests.login(from: login.name)))
      try await rig.add(
        login.name, replicas: 1, ["fallback": ["failureThreshold": 1, "replicas": 2]],
        triggers: [CredentialScenarioTests.trigger(rig, server, login.name)])
    }
    // An address with a login in it.
    try await rig.apply(
      CredentialScenarioTests.secret(
        rig, "address", ["address": .string("redis://blue:hidden-marker-9@\(server.address)")]))
    try await rig.apply(
      CredentialScenarioTests.authentication(
        rig, "address", ["secretTargetRef": [["parameter": "address", "name": "address", "key": "address"]]]))
    var trigger = CredentialScenarioTests.trigger(rig, server, "address")
    trigger["metadata", "address"] = nil
    try rig.deployment("address", replicas: 1)
    try rig.objects.put(rig.object("address", triggers: [trigger]))

    try await rig.wait(swell, "right", has: 3)
    try await rig.wait(swell, "wrong", "Fallback", is: "True FallbackExists")
    try await swell.waitUntil("the other two are told of") {
      try rig.condition("Ready", of: "strange") != nil && rig.condition("Ready", of: "address") != nil
    }
    try await rig.waitForEvent(swell, "KEDAScalerFailed", of: "wrong")

    var told = ["the log": swell.log + swell.run.output]
    for path in ["metrics", "api/v1/scaledobjects"]
      + logins.map({ "api/v1/scaledobjects/\(rig.namespace)/\($0.name)/decisions" })
    {
      told[path] = try await CurlReply.get("\(swell.telemetry)/\(path)").body
    }
    for kind in ["scaledobjects", "triggerauthentications", "horizontalpodautoscalers", "events.events.k8s.io"] {
      let objects = try rig.objects.list(kind, in: rig.namespace)
      told[kind] = String(decoding: try JSONEncoder().encode(objects), as: UTF8.self)
    }
    if let requests = rig.requests {
      told["what it sent"] = requests.entries.filter { $0.user.contains("swell") }
        .map { $0.path + $0.query + $0.body }.joined(separator: "\n")
    }
    for (place, text) in told {
      #expect(!text.isEmpty, "\(place)")
      for found in text.matches(of: /.{0,80}-marker-[0-9].{0,40}/) { Issue.record("\(place): \(found.output)") }
    }
    await swell.stop()
    await server.stop()
    await rig.stop()
  }
}
