import ExternalMetricsServer
import KubernetesAPI
import TestSupport
import Testing

/// The ConfigMap `kube-system/extension-apiserver-authentication`.
@Suite struct AccessConfigurationTests {
  /// As a cluster made by kubeadm has it.
  static let usual: [String: String] = [
    "client-ca-file": "CLIENT PEM\n",
    "requestheader-allowed-names": #"["front-proxy-client"]"#,
    "requestheader-client-ca-file": "PROXY PEM\n",
    "requestheader-extra-headers-prefix": #"["X-Remote-Extra-"]"#,
    "requestheader-group-headers": #"["X-Remote-Group"]"#,
    "requestheader-uid-headers": #"["X-Remote-Uid"]"#,
    "requestheader-username-headers": #"["X-Remote-User"]"#,
  ]

  @Test func aClustersOwnIsRead() throws {
    let configuration = try DelegatedAccess.Configuration(configMap: Self.usual)
    #expect(
      configuration
        == DelegatedAccess.Configuration(
          frontProxy: DelegatedAccess.FrontProxy(
            authoritiesPEM: "PROXY PEM\n", allowedNames: ["front-proxy-client"]),
          clientAuthoritiesPEM: "CLIENT PEM\n"))
  }

  @Test func whatIsNotThereSaysNothing() throws {
    #expect(try DelegatedAccess.Configuration(configMap: [:]) == DelegatedAccess.Configuration())
    let blank = ["client-ca-file": " \n", "requestheader-client-ca-file": "", "other": "x"]
    #expect(try DelegatedAccess.Configuration(configMap: blank) == DelegatedAccess.Configuration())

    var old = Self.usual
    old["requestheader-uid-headers"] = nil
    old["requestheader-allowed-names"] = ""
    let proxy = try #require(try DelegatedAccess.Configuration(configMap: old).frontProxy)
    #expect(proxy.uidHeaders == [] && proxy.allowedNames == [])
    old["requestheader-allowed-names"] = "null"
    #expect(try DelegatedAccess.Configuration(configMap: old).frontProxy?.allowedNames == [])
  }

  @Test(arguments: [
    ("requestheader-allowed-names", "front-proxy-client", "JSON list"),
    ("requestheader-allowed-names", #"{"a":1}"#, "JSON list"),
    ("requestheader-username-headers", "[1]", "JSON list"),
    ("requestheader-username-headers", "[]", "X-Remote-User"),
    ("requestheader-group-headers", #"["X-Remote-Group", " "]"#, "empty header name"),
  ])
  func whatIsWrongIsNamed(key: String, value: String, words: String) throws {
    var data = Self.usual
    data[key] = value
    let error = #expect(throws: DelegatedAccessError.self) {
      try DelegatedAccess.Configuration(configMap: data)
    }
    #expect(error?.key == key)
    #expect(error?.description.contains(words) == true && error?.description.contains(key) == true)
  }

  @Test(arguments: [("client-ca-file", true), ("requestheader-client-ca-file", false)])
  func authoritiesMustBeCertificates(key: String, isClient: Bool) throws {
    let good = try TestIssuer.root("good", validity: AccessRig.validity).certificatePEM
    let configuration = DelegatedAccess.Configuration(
      frontProxy: DelegatedAccess.FrontProxy(authoritiesPEM: isClient ? good : "PEM"),
      clientAuthoritiesPEM: isClient ? "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" : good)
    let error = #expect(throws: DelegatedAccessError.self) { try AccessRig(configuration: configuration) }
    #expect(error?.key == key)
  }

  /// Text around the certificates, as some tools write it.
  @Test func textAroundCertificatesIsPassedOver() throws {
    let good = try TestIssuer.root("good", validity: AccessRig.validity).certificatePEM
    let configuration = DelegatedAccess.Configuration(clientAuthoritiesPEM: "# cluster CA\n\n\(good)\nend\n\(good)")
    #expect(try AccessRig(configuration: configuration).access.configuration == configuration)
  }

  /// What the cluster's reviews are made of.
  @Test func reviewsAreWrittenAsTheClusterReadsThem() {
    let user = AccessUser(name: "jane", uid: "7", groups: ["a"], extra: ["k": ["v"]])
    let metric = AccessedResource(
      namespace: "prod", verb: "list", group: "external.metrics.k8s.io", version: "v1beta1", resource: "s0-kafka")
    let review = AccessQuestion(user: user, action: .resource(metric)).review
    #expect(review.spec.user == "jane" && review.spec.uid == "7" && review.spec.groups == ["a"])
    #expect(review.spec.extra == ["k": ["v"]] && review.spec.nonResourceAttributes == nil)
    #expect(
      review.spec.resourceAttributes
        == ResourceAttributes(
          verb: "list", group: "external.metrics.k8s.io", version: "v1beta1", resource: "s0-kafka", namespace: "prod"))
    let path = AccessQuestion(user: AccessUser(name: "joe"), action: .path("/version", verb: "get")).review
    #expect(path.spec.nonResourceAttributes == NonResourceAttributes(path: "/version", verb: "get"))
    #expect(path.spec.resourceAttributes == nil && path.spec.extra == nil && path.spec.uid == nil)

    #expect(SubjectAccessReviewStatus(allowed: true).letsThrough)
    #expect(!SubjectAccessReviewStatus(allowed: false).letsThrough)
    #expect(!SubjectAccessReviewStatus(allowed: true, denied: true).letsThrough)

    let known = KubernetesAPI.UserInfo(username: "jane", uid: "7", groups: ["a"], extra: ["k": ["v"]])
    #expect(TokenVerdict(TokenReviewStatus(authenticated: true, user: known)) == .valid(user))
    for status in [
      nil, TokenReviewStatus(authenticated: false, user: known), TokenReviewStatus(authenticated: nil, user: known),
      TokenReviewStatus(authenticated: true), TokenReviewStatus(authenticated: true, user: UserInfo(username: "")),
    ] {
      #expect(TokenVerdict(status) == .invalid)
    }
  }
}
