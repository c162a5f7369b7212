internal import Foundation
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

@Suite struct KubeconfigTests {
  private static func text(user: String = "token: sekret", cluster: String = "server: https://10.0.0.1:6443") -> String
  {
    """
    apiVersion: v1
    kind: Config
    current-context: main
    preferences: {}
    contexts:
    - name: main
      context: {cluster: c1, user: u1, namespace: team-a}
    - name: other
      context: {cluster: c2, user: ""}
    - {name: lost, context: {cluster: nowhere, user: u1}}
    - {name: nobody, context: {cluster: c1, user: ghost}}
    clusters:
    - name: c1
      cluster: {\(cluster)}
    - name: c2
      cluster: {server: "http://[::1]:8080/k8s/"}
    users:
    - name: u1
      user: {\(user)}
    """
  }

  private func message(_ text: String, context: String? = nil, folder: String = "/nowhere") -> String {
    do throws(KubernetesError) {
      _ = try ClusterAccess.kubeconfig(text: text, folder: folder, context: context)
      return "accepted"
    } catch {
      return error.code == .badConfiguration ? error.message : "\(error.code)"
    }
  }

  @Test func readsTheCurrentContext() throws {
    let access = try ClusterAccess.kubeconfig(text: Self.text(), folder: "/")
    #expect(access.server == ServerAddress(isTLS: true, host: "10.0.0.1", port: 6443))
    #expect(access.namespace == "team-a")
    guard case .token(let token) = access.credential else {
      Issue.record("no token")
      return
    }
    #expect(token.reveal() == "sekret")
    var dumped = ""
    dump(access, to: &dumped)
    for printed in ["\(access)", String(reflecting: access), dumped, "\(access.credential)", "\(token)"] {
      #expect(!printed.contains("sekret"))
    }
  }

  @Test func readsANamedContext() throws {
    let access = try ClusterAccess.kubeconfig(text: Self.text(), folder: "/", context: "other")
    #expect(access.server == ServerAddress(isTLS: false, host: "::1", port: 8080, prefix: "/k8s"))
    #expect(access.server.description == "http://[::1]:8080/k8s")
    #expect(access.namespace == "default")
  }

  @Test func readsJSON() throws {
    let json = #"""
      {"current-context":"a","contexts":[{"name":"a","context":{"cluster":"b","user":"c"}}],
      "clusters":[{"name":"b","cluster":{"server":"10.1.1.1"}}],
      "users":[{"name":"c","user":{"username":"me","password":"sekret"}}]}
      """#
    let access = try ClusterAccess.kubeconfig(text: json, folder: "/")
    #expect(access.server.description == "https://10.1.1.1:443")
    #expect(Login(access.credential, time: ManualTime()).header() == "Basic bWU6c2VrcmV0")
  }

  @Test(arguments: [
    (user: "exec: {command: aws, apiVersion: v1}", part: "user \"u1\" logs in by the exec plugin (aws)"),
    (user: "auth-provider: {name: gcp}", part: "auth-provider gcp"),
    (user: "exec: {command: aws}", part: "token of a ServiceAccount"),
    (user: "as: admin", part: "impersonates \"admin\""),
    (user: "client-certificate-data: YQ==", part: "has no client-key"),
    (user: "client-key-data: YQ==", part: "has no client-certificate"),
    (user: "client-key-data: '*'", part: "client-key-data is not Base64"),
    (user: "client-certificate: no.crt", part: "the file /nowhere/no.crt cannot be read"),
    (user: "tokenFile: t", part: "the tokenFile /nowhere/t cannot be read"),
    (user: #"token: "a\nb""#, part: "several lines"),
  ])
  func usersThatCannotLogInAreRefused(user: String, part: String) {
    let message = message(Self.text(user: user))
    #expect(message.contains(part), "\(message)")
  }

  @Test(arguments: [
    (cluster: "x: y", part: "has no server"), (cluster: "server: 'ftp://a'", part: "the scheme \"ftp\""),
    (cluster: "server: 'https://u:sekret@a'", part: "user name or a password"),
    (cluster: "server: 'https://a:99999'", part: "port 99999"), (cluster: "server: 'https://'", part: "no host"),
    (cluster: "server: a, certificate-authority-data: '!'", part: "certificate-authority-data is not Base64"),
    (cluster: "server: a, certificate-authority-data: YQ==, insecure-skip-tls-verify: true", part: "remove the latter"),
    (cluster: "server: a, tls-server-name: 10.0.0.1", part: "tls-server-name"),
    (cluster: "server: a, proxy-url: 'socks5://b:1'", part: "proxy-url must be http://HOST:PORT"),
  ])
  func clustersThatCannotBeReachedAreRefused(cluster: String, part: String) {
    let message = message(Self.text(cluster: cluster))
    #expect(message.contains(part), "\(message)")
    #expect(!message.contains("sekret"))
  }

  @Test func whatIsMissingIsNamed() {
    #expect(message(Self.text(), context: "x") == "kubeconfig has no context \"x\": it has main, other, lost, nobody")
    #expect(message(Self.text(), context: "lost").contains("the cluster \"nowhere\" of context \"lost\" is not in it"))
    #expect(message(Self.text(), context: "nobody").contains("the user \"ghost\" of context \"nobody\" is not in it"))
    #expect(message("contexts: []").contains("no current-context"))
    #expect(message("a: [b").contains("not YAML: line 2"), "\(message("a: [b"))")
    #expect(message("users: [{name: u, user: {token: [sekret]}}]").contains("users"))
    #expect(!message("users: [{name: u, user: {token: [sekret]}}]").contains("sekret"))
    #expect(message("") != "accepted")
  }

  @Test func certificatesThatAreNoneAreRefusedWithTheClient() throws {
    let access = try ClusterAccess.kubeconfig(
      text: Self.text(cluster: "server: 'https://a', certificate-authority-data: YQ=="), folder: "/")
    let error = #expect(throws: KubernetesError.self) {
      try KubernetesClient(access, time: ManualTime(), userAgent: "t")
    }
    #expect(error?.message == "kubeconfig: the certificate authority is not a certificate in PEM")
  }

  @Test func filesAreRelativeToTheKubeconfigAndSeveralAreMerged() throws {
    let folder = try TemporaryFolder("swell-kubeconfig")
    try folder.write("from-file\n", to: "token.txt")
    let one = try folder.write(
      "current-context: m\ncontexts: [{name: m, context: {cluster: c, user: u}}]\n"
        + "users: [{name: u, user: {tokenFile: token.txt, token: old}}]", to: "one.yaml")
    let two = try folder.write(
      "current-context: other\nclusters: [{name: c, cluster: {server: 'https://a:1'}}, {name: d}]", to: "two.yaml")
    #expect(throws: KubernetesError.self) { try ClusterAccess.kubeconfig(path: two) }
    try folder.write("current-context: other\nclusters: [{name: c, cluster: {server: 'https://a:1'}}]", to: "two.yaml")
    let access = try ClusterAccess.kubeconfig(path: "\(one):/does/not/exist:\(two)")
    #expect(access.server.description == "https://a:1")
    #expect(Login(access.credential, time: ManualTime()).header() == "Bearer from-file")
    let error = #expect(throws: KubernetesError.self) { try ClusterAccess.kubeconfig(path: folder.path("none")) }
    #expect(error?.message.contains("cannot be read") == true)
  }
}

@Suite struct InClusterTests {
  @Test(arguments: [
    ("10.0.0.1", "https://10.0.0.1:443"), ("fd00::1", "https://[fd00::1]:443"), ("[fd00::1]", "https://[fd00::1]:443"),
  ])
  func usesTheServiceAccount(host: String, url: String) throws {
    let folder = try TemporaryFolder("swell-account")
    try folder.write("t", to: "token")
    try folder.write("pem", to: "ca.crt")
    try folder.write("swell-system\n", to: "namespace")
    let access = try ClusterAccess.inCluster(
      environment: ["KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"], folder: folder.url.path)
    #expect(access.server.description == url && access.namespace == "swell-system")
    #expect(access.tls.authority == Array("pem".utf8))
    #expect(Login(access.credential, time: ManualTime()).header() == "Bearer t")
  }

  @Test(arguments: [
    ([:], "this is no pod"), (["KUBERNETES_SERVICE_HOST": "a", "KUBERNETES_SERVICE_PORT": "x"], "must be a number"),
    (["KUBERNETES_SERVICE_HOST": "a", "KUBERNETES_SERVICE_PORT": "1"], "token cannot be read"),
  ])
  func saysWhatIsMissing(environment: [String: String], part: String) {
    let error = #expect(throws: KubernetesError.self) {
      try ClusterAccess.inCluster(environment: environment, folder: "/nowhere")
    }
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }
}
