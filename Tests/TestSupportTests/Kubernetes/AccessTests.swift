import KubernetesAPI
import Testing

@testable import TestSupport

@Suite struct AccessTests {
  static let reader = TestUser(
    "reader",
    rules: [
      .init(verbs: ["get", "list"], groups: ["example.com"], resources: ["widgets"], namespaces: ["default"])
    ])

  @Test func nobodyGetsInWithoutLogin() async throws {
    let fixture = try await Fixture()
    let nobody = try TestClient(fixture.server, nil)
    for path in ["/version", "/healthz", "/livez", "/readyz"] { #expect(try await nobody.get(path).status == 200) }
    #expect(try await nobody.get("/api/v1/namespaces").status == 401)
    let wrong = try TestClient(fixture.server, nil, token: "nonsense")
    #expect(try await wrong.get("/version").status == 401)
    let old = fixture.server.token(for: .admin, validFor: .seconds(-1))
    #expect(try await TestClient(fixture.server, nil, token: old).get("/api/v1/namespaces").status == 401)
    let open = try await Fixture { $0.allowsAnonymous = true }
    let answer = try await TestClient(open.server, nil).get("/api/v1/namespaces/default/pods")
    #expect(answer.status == 403)
    #expect(
      answer.message == "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"\" "
        + "in the namespace \"default\"")
    await open.server.stop()
    await fixture.server.stop()
  }

  @Test(arguments: [true, false]) func rulesDecide(byToken: Bool) async throws {
    let fixture = try await Fixture()
    fixture.server.add(Self.reader)
    let client = try TestClient(
      fixture.server, byToken ? nil : Self.reader, token: byToken ? fixture.server.token(for: Self.reader) : nil)
    #expect(try await client.get(Fixture.path).status == 200)
    #expect(try await client.get("/apis").status == 200)
    #expect(try await client.post(Fixture.path, Fixture.widget("a")).status == 403)
    #expect(try await client.get("/apis/example.com/v1/widgets").status == 403)
    let answer = try await client.merge("\(Fixture.path)/a/status", [:])
    #expect(
      answer.message == "widgets.example.com \"a\" is forbidden: User \"reader\" cannot patch resource "
        + "\"widgets/status\" in API group \"example.com\" in the namespace \"default\"")
    await fixture.server.stop()
  }

  @Test func certificatesOfStrangersAndOldOnesAreRefused() async throws {
    let fixture = try await Fixture()
    let stranger = try await TestAPIServer.start()
    let identities = [
      try stranger.clientCertificate(for: .admin),
      try fixture.server.clientCertificate(for: .admin, validFor: .seconds(-5)),
    ]
    for identity in identities {
      let endpoint = HTTPSCaller.Endpoint(
        port: fixture.server.port, name: "localhost", authorityPEM: fixture.server.caPEM,
        clientCertificatePEM: identity.certificatePEM, clientKeyPEM: identity.keyPEM)
      let answer = try await HTTPSCaller().call(
        endpoint, method: "GET", uri: "/api", headers: [], body: [], timeout: .seconds(5))
      #expect(answer.status == 401)
    }
    await stranger.stop()
    await fixture.server.stop()
  }

  @Test func kubeconfigsLogIn() async throws {
    let fixture = try await Fixture()
    fixture.server.add(Self.reader)
    for login in [TestAPIServer.Login.certificate, .token] {
      let file = try fixture.server.kubeconfigFile(user: Self.reader, login: login)
      let list = try await ChildProcess.start("kubectl", ["get", "widgets"], environment: ["KUBECONFIG": file])
      #expect(try await list.waitUntilExit() == 0, "\(list.output)")
      let secrets = try await ChildProcess.start("kubectl", ["get", "secrets"], environment: ["KUBECONFIG": file])
      #expect(try await secrets.waitUntilExit() == 1)
      #expect(secrets.output.contains("User \"reader\" cannot list resource \"secrets\""))
    }
    await fixture.server.stop()
  }

  @Test func boundRolesCount() async throws {
    let fixture = try await Fixture()
    try await fixture.server.apply(
      yaml: """
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: swell, namespace: default}}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: scaler}
        rules:
        - {apiGroups: ["*"], resources: ["*/scale"], verbs: [get, patch]}
        - {apiGroups: [""], resources: [secrets], resourceNames: [mine], verbs: [get]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: scaler}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: scaler}
        subjects: [{kind: ServiceAccount, name: swell, namespace: default}]
        """)
    _ = try await fixture.client.post(Fixture.path, Fixture.widget("a", ["size": 5, "replicas": 1]))
    let token = try await fixture.client.post("/api/v1/namespaces/default/serviceaccounts/swell/token", ["spec": [:]])
    let text = token.body["status", "token"]?.text ?? ""
    let client = try TestClient(fixture.server, nil, token: text)
    #expect(try await client.get("\(Fixture.path)/a/scale").status == 200)
    #expect(try await client.get("\(Fixture.path)/a").status == 403)
    #expect(try await client.get("/api/v1/namespaces/default/secrets/mine").status == 404)
    #expect(try await client.get("/api/v1/namespaces/default/secrets/other").status == 403)
    let review = try await fixture.client.post(
      "/apis/authentication.k8s.io/v1/tokenreviews", ["spec": ["token": .string(text)]])
    #expect(review.body["status", "authenticated"] == true)
    #expect(review.body["status", "user", "username"] == "system:serviceaccount:default:swell")
    let byName =
      "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dextension-apiserver-authentication"
    #expect(try await client.get(byName).status == 403)
    try await fixture.server.apply(
      yaml: """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: reader, namespace: kube-system}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: extension-apiserver-authentication-reader}
        subjects: [{kind: ServiceAccount, name: swell, namespace: default}]
        """)
    #expect(try await client.get(byName).status == 200)
    #expect(try await client.get("/api/v1/namespaces/kube-system/configmaps").status == 403)
    for (verb, isAllowed) in [("patch", true), ("delete", false)] {
      let answer = try await fixture.client.post(
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        [
          "spec": [
            "user": "system:serviceaccount:default:swell",
            "resourceAttributes": [
              "verb": .string(verb), "group": "apps", "resource": "deployments", "subresource": "scale",
              "namespace": "default",
            ],
          ]
        ])
      #expect(answer.body["status", "allowed"] == .bool(isAllowed))
    }
    fixture.server.revoke(token: text)
    #expect(try await client.get("/api").status == 401)
    let unknown = try await fixture.client.post(
      "/apis/authentication.k8s.io/v1/tokenreviews", ["spec": ["token": .string(text)]])
    #expect(unknown.body["status", "authenticated"] == nil)
    await fixture.server.stop()
  }
}
