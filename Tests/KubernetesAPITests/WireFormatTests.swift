internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// What the types look like as JSON.
@Suite struct WireFormatTests {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decoded<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  @Test func externalMetricValueList() throws {
    let list = ExternalMetricValueList(items: [
      ExternalMetricValue(
        metricName: "s0-redis", metricLabels: [:], timestamp: Timestamp(nanoseconds: 1_500_000_000),
        value: Quantity(metric: 2.5))
    ])
    #expect(
      try Self.text(list)
        == #"{"apiVersion":"external.metrics.k8s.io/v1beta1","items":[{"metricLabels":{},"metricName":"s0-redis","#
        + #""timestamp":"1970-01-01T00:00:01Z","value":"2.500"}],"kind":"ExternalMetricValueList","metadata":{}}"#)
    let keda =
      #"{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":[{"metricName":"a","#
      + #""metricLabels":null,"timestamp":"2024-05-01T12:34:56Z","window":60,"value":"7"}]}"#
    let item = try #require(try Self.decoded(ExternalMetricValueList.self, keda).items.first)
    #expect(item.metricLabels.isEmpty && item.windowSeconds == 60 && item.value == Quantity(7))
    #expect(item.timestamp == Timestamp(seconds: 1_714_566_896))
    #expect(throws: (any Error).self) {
      try Self.decoded(ExternalMetricValue.self, #"{"metricName":"a","timestamp":"yesterday","value":"7"}"#)
    }
  }

  @Test func status() throws {
    let status = Status(
      message: #"x "a" not found"#, reason: "NotFound", details: StatusDetails(name: "a", kind: "x"), code: 404)
    #expect(
      try Self.text(status)
        == #"{"apiVersion":"v1","code":404,"details":{"kind":"x","name":"a"},"kind":"Status","message":"x \"a\" not found","#
        + #""metadata":{},"reason":"NotFound","status":"Failure"}"#)
    let sparse = try Self.decoded(
      Status.self, #"{"kind":"Status","status":"Success","details":{"causes":[{"field":"a"}]}}"#)
    #expect(sparse.status == "Success" && sparse.details?.causes?.first?.field == "a")
  }

  @Test func discovery() throws {
    let version = GroupVersionForDiscovery(groupVersion: "g/v1", version: "v1")
    #expect(
      try Self.text(
        APIGroupList(groups: [APIGroup(name: "g", versions: [version], preferredVersion: version, isListed: true)]))
        == #"{"apiVersion":"v1","groups":[{"name":"g","preferredVersion":{"groupVersion":"g/v1","version":"v1"},"#
        + #""versions":[{"groupVersion":"g/v1","version":"v1"}]}],"kind":"APIGroupList"}"#)
    #expect(
      try Self.text(APIGroup(name: "g", versions: [version]))
        == #"{"apiVersion":"v1","kind":"APIGroup","name":"g","versions":[{"groupVersion":"g/v1","version":"v1"}]}"#)
    let resource = APIResource(
      name: "externalmetrics", namespaced: true, kind: "ExternalMetricValueList", verbs: ["get"])
    #expect(
      try Self.text(APIResourceList(groupVersion: "g/v1", resources: [resource]))
        == #"{"apiVersion":"v1","groupVersion":"g/v1","kind":"APIResourceList","resources":[{"kind":"ExternalMetricValueList","#
        + #""name":"externalmetrics","namespaced":true,"singularName":"","verbs":["get"]}]}"#)
    #expect(
      try Self.text(APIVersions(versions: ["v1"])) == #"{"apiVersion":"v1","kind":"APIVersions","versions":["v1"]}"#)
  }

  @Test func scale() throws {
    let text =
      #"{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"a"},"spec":{},"status":{"replicas":3,"selector":"app=a"}}"#
    let scale = try Self.decoded(Scale.self, text)
    #expect(scale.spec?.replicas == nil && scale.status?.replicas == 3 && scale.status?.selector == "app=a")
    #expect(try Self.text(scale) == text)
  }

  @Test func secret() throws {
    let secret = Secret(
      metadata: ObjectMeta(name: "s"), data: ["a": "aGVsbG8=", "b": "aGVsbG8", "c": "aGk=", "n": "aGVs\nbG8=\n"],
      stringData: ["c": "plain"])
    #expect(secret.value(forKey: "a") == "hello")
    #expect(secret.value(forKey: "n") == "hello")
    #expect(secret.value(forKey: "b") == nil)
    #expect(secret.value(forKey: "c") == "plain")
    #expect(secret.value(forKey: "x") == nil)
    #expect(secret.validate().map(\.field) == ["data.b"])
    var dumped = ""
    dump(secret, to: &dumped)
    for shown in [dumped, "\(secret)", String(reflecting: secret), String(describing: [secret])] {
      #expect(!shown.contains("aGVs") && !shown.contains("plain"), "\(shown)")
    }
  }

  @Test func base64() {
    func bytes(_ text: String) -> [UInt8]? {
      Secret(metadata: ObjectMeta(name: ""), data: ["k": text]).bytes(forKey: "k")
    }
    var random = SeededGenerator(seed: 5)
    for count in 0..<200 {
      let original = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(bytes(Data(original).base64EncodedString()) == original)
    }
    for wrong in ["a", "aa", "aaa", "====", "a===", "aa=a", "aa==aaaa", "aaaa====", "a-_b", "aa =", "é"] {
      #expect(bytes(wrong) == nil, "\(wrong)")
    }
  }

  @Test func workload() throws {
    let text = #"""
      {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2,"strategy":{"type":"Recreate"},
      "template":{"metadata":{},"spec":{"volumes":[],"containers":[{"name":"app","image":"i","ports":[],"env":[{"name":"A","value":"x"},
      {"name":"B","valueFrom":{"secretKeyRef":{"name":"s","key":"k","optional":true}}},{"name":"C","valueFrom":{"fieldRef":{"fieldPath":"a"}}}],
      "envFrom":[{"prefix":"P_","configMapRef":{"name":"c"}},{"secretRef":{"name":"s","optional":true}}],
      "resources":{"requests":{"cpu":"100m"},"limits":{"memory":1048576}}},{"name":"side"}]}}}}
      """#
    let json = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    let (value, errors) = StrictDecoder.decode(Workload.self, from: json, unknownFields: .ignored)
    #expect(errors.isEmpty)
    let workload = try #require(value)
    #expect(workload.spec?.replicas == 2)
    let container = try #require(workload.container(named: nil))
    #expect(container.name == "app" && workload.container(named: "") == container)
    #expect(workload.container(named: "side")?.name == "side" && workload.container(named: "x") == nil)
    #expect(container.env?.map(\.name) == ["A", "B", "C"])
    #expect(container.env?[1].valueFrom?.secretKeyRef == KeySelector(name: "s", key: "k", optional: true))
    #expect(container.envFrom?.first?.prefix == "P_")
    #expect(container.resources?.requests?["cpu"] == Quantity(milliValue: 100))
    #expect(container.resources?.limits?["memory"] == Quantity(1_048_576))
    let bare = StrictDecoder.decode(
      Workload.self, from: ["apiVersion": "x/v1", "kind": "Y", "metadata": ["name": "a"]])
    #expect(bare.value?.container(named: nil) == nil && bare.errors.isEmpty)
  }

  @Test func everyBlockOfATriggerAuthentication() throws {
    let text = #"""
      {"apiVersion":"keda.sh/v1alpha1","kind":"ClusterTriggerAuthentication","metadata":{"name":"a"},"spec":{
      "podIdentity":{"provider":"aws","identityId":"i","identityTenantId":"t","identityAuthorityHost":"h","roleArn":"r","externalID":"e","identityOwner":"keda"},
      "secretTargetRef":[{"parameter":"p","name":"n","key":"k"}],"configMapTargetRef":[{"parameter":"p","name":"n","key":"k"}],
      "env":[{"parameter":"p","name":"n","containerName":"c"}],"filePath":"f","boundServiceAccountToken":[{"parameter":"p","serviceAccountName":"s"}],
      "hashiCorpVault":{"address":"a","authentication":"kubernetes","namespace":"n","role":"r","mount":"m",
      "credential":{"token":"t","serviceAccount":"s","serviceAccountName":"n"},"secrets":[{"parameter":"p","path":"a","key":"k","type":"pki",
      "pkiData":{"commonName":"c","altNames":"a","ipSans":"i","uriSans":"u","otherSans":"o","ttl":"1h","format":"pem"}}]},
      "azureKeyVault":{"vaultUri":"u","secrets":[{"parameter":"p","name":"n","version":"v"}],"podIdentity":{"provider":"azure-workload"},
      "credentials":{"clientId":"c","tenantId":"t","clientSecret":{"valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}}},
      "cloud":{"type":"Private","keyVaultResourceURL":"k","activeDirectoryEndpoint":"a"}},
      "gcpSecretManager":{"secrets":[{"parameter":"p","id":"i","version":"1"}],"credentials":{"clientSecret":{"valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}}},
      "podIdentity":{"provider":"gcp"}},
      "awsSecretManager":{"secrets":[{"parameter":"p","name":"n","versionId":"v","versionStage":"s","secretKey":"k"}],"region":"r",
      "podIdentity":{"provider":"aws"},"credentials":{"accessKey":{"valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}},
      "accessSecretKey":{"valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}},"accessToken":{"valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}}}},
      "oauth2":{"type":"clientCredentials","clientId":"c","clientSecret":{"valueFrom":{"secretKeyRef":{"name":"n","key":"k"}}},
      "tokenUrl":"https://t","scopes":["s"],"tokenUrlParams":{"a":"b"}}},"status":{"scaledobjects":"a,b","scaledjobs":"c"}}
      """#
    let json = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    let (value, errors) = StrictDecoder.decode(ClusterTriggerAuthentication.self, from: json)
    #expect(errors.isEmpty)
    let authentication = try #require(value)
    let again = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(authentication))
    #expect(again == json)
    var dumped = ""
    dump(authentication.spec.hashiCorpVault?.credential, to: &dumped)
    #expect(!dumped.contains("token"))
  }
}
