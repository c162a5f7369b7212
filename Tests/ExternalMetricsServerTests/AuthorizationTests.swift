import ExternalMetricsServer
import HTTPServing
import KubernetesAPI
import TestSupport
import Testing

/// Who may do what, and what the cluster is asked for it.
@Suite struct AuthorizationTests {
  struct Action: Sendable, CustomTestStringConvertible {
    var method = HTTPMethod.get
    var target: String
    var action: AccessAction

    init(_ target: String, _ action: AccessAction, method: HTTPMethod = .get) {
      self.method = method
      self.target = target
      self.action = action
    }

    var testDescription: String { "\(method.name) \(target)" }
  }

  static func metric(
    _ resource: String, _ verb: String = "list", namespace: String = "prod", subresource: String = "", name: String = ""
  ) -> AccessAction {
    .resource(
      AccessedResource(
        namespace: namespace, verb: verb, group: "external.metrics.k8s.io", version: "v1beta1", resource: resource,
        subresource: subresource, name: name))
  }

  /// By the rules of Kubernetes' request information.
  static let actions: [Action] = [
    Action("\(Asking.base)/namespaces/prod/s0-kafka", metric("s0-kafka")),
    Action("\(Asking.base)/namespaces/prod/s0-kafka/", metric("s0-kafka")),
    Action("//apis/external.metrics.k8s.io/v1beta1/namespaces/prod/s0-kafka", metric("s0-kafka")),
    Action("\(Asking.base)/namespaces/prod/s0%2Dkafka?labelSelector=a%3Db", metric("s0-kafka")),
    Action("\(Asking.base)/namespaces/prod/s0-kafka", metric("s0-kafka"), method: .head),
    Action("\(Asking.base)/namespaces/prod/s0-kafka?watch=true", metric("s0-kafka", "watch")),
    Action("\(Asking.base)/namespaces/prod/s0-kafka?watch", metric("s0-kafka", "watch")),
    Action("\(Asking.base)/namespaces/prod/s0-kafka?watch=0", metric("s0-kafka")),
    Action("\(Asking.base)/namespaces/prod/s0-kafka?watch=False", metric("s0-kafka")),
    Action("\(Asking.base)/namespaces/prod/s0-kafka", metric("s0-kafka", "create"), method: .post),
    Action("\(Asking.base)/namespaces/prod/s0-kafka", metric("s0-kafka", "update"), method: .put),
    Action("\(Asking.base)/namespaces/prod/s0-kafka", metric("s0-kafka", "patch"), method: .patch),
    Action("\(Asking.base)/namespaces/prod/s0-kafka", metric("s0-kafka", "deletecollection"), method: .delete),
    Action("\(Asking.base)/namespaces/prod/s0-kafka/x", metric("s0-kafka", "delete", name: "x"), method: .delete),
    Action("\(Asking.base)/namespaces/prod/s0-kafka/x", metric("s0-kafka", "get", name: "x")),
    Action(
      "\(Asking.base)/namespaces/prod/s0-kafka/x/status/y",
      metric("s0-kafka", "get", subresource: "status", name: "x")),
    Action(
      "\(Asking.base)/namespaces/prod/status", metric("namespaces", "get", subresource: "status", name: "prod")),
    Action("\(Asking.base)/namespaces/prod", metric("namespaces", "get", name: "prod")),
    Action("\(Asking.base)/namespaces", metric("namespaces", namespace: "")),
    Action("\(Asking.base)/s0-kafka", metric("s0-kafka", namespace: "")),
    Action("\(Asking.base)/*/s0-kafka", metric("*", "get", namespace: "", name: "s0-kafka")),
    Action("\(Asking.base)/watch/namespaces/prod/s0-kafka", metric("s0-kafka", "watch")),
    Action(Asking.base, .path(Asking.base, verb: "get")),
    Action("\(Asking.base)/", .path("\(Asking.base)/", verb: "get")),
    Action("/apis", .path("/apis", verb: "get")),
    Action("/version", .path("/version", verb: "get")),
    Action("/openapi/v2", .path("/openapi/v2", verb: "get")),
    Action("/openapi/v3", .path("/openapi/v3", verb: "post"), method: .post),
    Action("/", .path("/", verb: "get")),
  ]

  @Test(arguments: actions)
  func theClusterIsAskedInItsOwnTerms(about action: Action) async throws {
    let rig = try AccessRig()
    rig.cluster.allow { _ in false }
    let response = try await rig.ask(action.target, method: action.method, AuthenticationTests.token)
    #expect(response.status == 403)
    #expect(rig.cluster.questions.map(\.action) == [action.action])
  }

  @Test func refusalsReadAsThoseOfKubernetes() async throws {
    let rig = try AccessRig()
    let token = [("Authorization", "Bearer poor")]
    let user = #"User "nobody-special" cannot"#
    for (target, message) in [
      (
        "\(Asking.base)/namespaces/prod/s0-kafka",
        "s0-kafka.external.metrics.k8s.io is forbidden: \(user) list resource \"s0-kafka\" in API group "
          + "\"external.metrics.k8s.io\" in the namespace \"prod\""
      ),
      (
        "\(Asking.base)/namespaces/prod/status",
        "namespaces.external.metrics.k8s.io \"prod\" is forbidden: \(user) get resource \"namespaces/status\" in API "
          + "group \"external.metrics.k8s.io\" in the namespace \"prod\""
      ),
      (
        "\(Asking.base)/a%22%3Cscript%3E%0A",
        "a\"<script>\n.external.metrics.k8s.io is forbidden: \(user) list resource \"a\\\"&lt;script&gt;\\n\" in API "
          + "group \"external.metrics.k8s.io\" at the cluster scope"
      ),
    ] {
      let response = try await rig.ask(target, token)
      let status = try Asking.failure(response)
      #expect(response.status == 403 && status.reason == "Forbidden")
      #expect(status.message == message)
      #expect(response.headers.contains { $0 == ("x-content-type-options", "nosniff") })
    }
    rig.cluster.allow { _ in false }
    let path = try Asking.failure(try await rig.ask("/version", token))
    #expect(path.message == "forbidden: \(user) get path \"/version\"")
  }

  /// Whether a metric is there does not show in a refusal.
  @Test func refusalsTellNothingOfMetrics() async throws {
    let rig = try AccessRig()
    let token = [("Authorization", "Bearer poor")]
    let known = try await rig.ask("\(Asking.base)/namespaces/ai-inference/redis_stream_length", token).text
    let unknown = try await rig.ask("\(Asking.base)/namespaces/ai-inference/nothing_of_the_sort", token).text
    #expect(known.replacing("redis_stream_length", with: "nothing_of_the_sort") == unknown)
  }

  @Test func rightsAreByMetric() async throws {
    let rig = try AccessRig()
    let token = [("Authorization", "Bearer reader")]
    #expect(try await rig.ask("\(Asking.base)/namespaces/ai-inference/redis_stream_length", token).status == 200)
    #expect(try await rig.ask("\(Asking.base)/namespaces/ai-inference/s1-fraction", token).status == 403)
    #expect(try await rig.ask("\(Asking.base)/namespaces/other/redis_stream_length", token).status == 403)
    #expect(try await rig.ask("\(Asking.base)/namespaces/ai-inference/redis_stream_length", token).status == 200)
  }

  /// The aggregator polls as a master, and every user may read discovery.
  @Test func mastersMayDoEverything() async throws {
    let rig = try AccessRig()
    rig.cluster.isDown = true
    let aggregator = [("X-Remote-User", "system:kube-aggregator"), ("X-Remote-Group", "system:masters")]
    #expect(try await rig.ask(Asking.base, aggregator, peer: AccessRig.proxy).status == 200)
    #expect(try await rig.ask(aggregator, peer: AccessRig.proxy).status == 200)
    let admin = AccessRig.peer("admin", of: "client", organizations: ["system:masters"])
    #expect(try await rig.ask(peer: admin).status == 200)
    #expect(rig.cluster.questions.isEmpty)
    // Written by a stranger, the group is worth nothing.
    #expect(try await rig.ask(Asking.base, aggregator).status == 401)
    #expect(
      try await rig.ask(peer: AccessRig.peer("admin", of: nil, organizations: ["system:masters"])).status == 401)
  }

  @Test func openAPIIsReadByTheAggregator() async throws {
    let rig = try AccessRig()
    let response = try await rig.ask("/openapi/v2", [("X-Remote-User", "system:aggregator")], peer: AccessRig.proxy)
    #expect(response.status == 200)
    #expect(rig.cluster.questions.map(\.action) == [.path("/openapi/v2", verb: "get")])
    #expect(rig.cluster.questions.first?.user.groups == ["system:authenticated"])
  }

  /// One question covers all metrics for who may read them all, behind the front proxy; others are asked about one by
  /// one, and who comes by himself always is.
  @Test func oneQuestionCoversAllMetricsBehindTheFrontProxy() async throws {
    let rig = try AccessRig()
    let metrics = (1...50).map { "\(Asking.base)/namespaces/ai-inference/metric-\($0)" }
    for metric in metrics {
      #expect(try await rig.ask(metric, AuthenticationTests.hpa, peer: AccessRig.proxy).status == 404)
    }
    #expect(rig.cluster.questions.map(\.action) == [Self.metric("*", namespace: "")])

    let poor = [("X-Remote-User", "reader")]
    #expect(try await rig.ask(poor, peer: AccessRig.proxy).status == 200)
    #expect(try await rig.ask(metrics[0], poor, peer: AccessRig.proxy).status == 403)
    #expect(
      rig.cluster.questions.dropFirst().map(\.action) == [
        Self.metric("*", namespace: ""), Self.metric("redis_stream_length", namespace: "ai-inference"),
        Self.metric("metric-1", namespace: "ai-inference"),
      ])

    let before = rig.cluster.questions.count
    for metric in metrics { #expect(try await rig.ask(metric, AuthenticationTests.token).status == 404) }
    #expect(rig.cluster.questions.dropFirst(before).map(\.action).contains(Self.metric("*", namespace: "")) == false)
    #expect(rig.cluster.questions.count == before + 50)
  }
}
