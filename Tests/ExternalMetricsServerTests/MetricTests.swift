import ExternalMetricsServer
import Foundation
import HTTPServing
import KubernetesAPI
import Testing

/// GETs of metrics.
@Suite struct MetricTests {
  @Test func theAnswerToAnHPAIsThis() async throws {
    let response = try await Asking.metric(
      "s0-redis-streams-orders", selector: "scaledobject.keda.sh/name=inference-worker")
    #expect(response.status == 200)
    #expect(
      response.text == #"{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","#
        + #""metadata":{},"items":[{"metricName":"s0-redis-streams-orders","metricLabels":{"#
        + #""scaledObjectName":"inference-worker","scaledobject.keda.sh/name":"inference-worker"},"#
        + #""timestamp":"2024-05-01T12:34:56Z","value":"500"}]}"#)
    let list: ClientMetricList = try Asking.decode(response)
    #expect(list.kind == "ExternalMetricValueList")
    #expect(list.apiVersion == "external.metrics.k8s.io/v1beta1")
    let item = try #require(list.items.first)
    #expect(list.items.count == 1)
    #expect(try Quantity(parsing: item.value) == Quantity(500))
    #expect(try Date.ISO8601FormatStyle().parse(item.timestamp).timeIntervalSince1970 == 1_714_566_896)
  }

  @Test func fractionsAreQuantities() async throws {
    let list: ClientMetricList = try Asking.decode(
      await Asking.metric("s1-fraction", selector: "scaledobject.keda.sh/name=inference-worker"))
    #expect(list.items.map(\.value) == ["2500m"])
  }

  @Test func namesMatchWithoutRegardToCase() async throws {
    let response = try await Asking.metric(
      "S0-Redis-STREAMS-orders", selector: "scaledobject.keda.sh/name=inference-worker")
    let list: ClientMetricList = try Asking.decode(response)
    #expect(list.items.map(\.metricName) == ["S0-Redis-STREAMS-orders"])
  }

  @Test func namesAreTakenFromTheEncodedPath() async throws {
    let provider = TestMetrics()
    _ = try await Asking.response(Asking.base + "/namespaces/n%61me/a%20b%22%C3%BC/", provider: provider)
    #expect(provider.requests.map(\.namespace) == ["name"])
    #expect(provider.requests.map(\.metricName) == ["a b\"ü"])
  }

  @Test func withoutASelectorEveryObjectIsListed() async throws {
    let list: ClientMetricList = try Asking.decode(await Asking.metric("redis_stream_length"))
    #expect(list.items.map { $0.metricLabels["scaledObjectName"] } == ["inference-worker", "batch"])
    #expect(list.items.map { $0.metricLabels["scaledobject.keda.sh/name"] } == ["inference-worker", "batch"])
    #expect(list.items.map(\.value) == ["500", "7"])
  }

  @Test(arguments: [
    ("", ["inference-worker", "batch"]),
    (" ", ["inference-worker", "batch"]),
    ("team=red", ["inference-worker"]),
    ("team==red", ["inference-worker"]),
    ("team = red", ["inference-worker"]),
    ("team!=red", ["batch"]),
    ("team in (red,blue)", ["inference-worker", "batch"]),
    ("team in(blue), tier", ["batch"]),
    ("team notin (red)", ["batch"]),
    ("team", ["inference-worker", "batch"]),
    ("!team", []),
    ("nothing=here", []),
    ("team=red,tier=1", ["inference-worker"]),
    ("team=red,tier=2", []),
    ("tier>1", ["batch"]),
    ("tier<2", ["inference-worker"]),
    ("scaledObjectName=batch", ["batch"]),
    ("scaledobject.keda.sh/name=batch", ["batch"]),
    ("scaledobject.keda.sh/name==batch", ["batch"]),
    ("scaledobject.keda.sh/name in (batch)", ["batch"]),
    ("scaledobject.keda.sh/name in (batch,inference-worker)", ["inference-worker", "batch"]),
    ("scaledobject.keda.sh/name!=batch", ["inference-worker"]),
    ("scaledobject.keda.sh/name", ["inference-worker", "batch"]),
    ("scaledobject.keda.sh/name=batch,team=blue", ["batch"]),
  ])
  func selectorsOfEveryForm(selector: String, objects: [String]) async throws {
    let list: ClientMetricList = try Asking.decode(await Asking.metric("redis_stream_length", selector: selector))
    #expect(list.items.map { $0.metricLabels["scaledObjectName"] } == objects)
  }

  /// The short way past the selector parser comes to the same as the parser.
  @Test(arguments: [
    "labelSelector=scaledobject.keda.sh%2Fname%3Dbatch", "labelSelector=scaledobject.keda.sh/name=batch",
    "labelSelector=scaledobject.keda.sh%2fname%3dbatch", "labelSelector=scaledobject.keda.sh%2Fname=batch",
    "labelSelector=scaledobject.keda.sh/name%3D%62atch", "x=1&labelSelector=scaledobject.keda.sh/name=batch",
    "labelSelector=scaledobject.keda.sh/name=batch&x=1", "labelSelector=+scaledobject.keda.sh/name+=+batch+",
    "label%53elector=scaledobject.keda.sh/name=batch",
  ])
  func anHPAsSelectorIsUnderstoodHoweverEncoded(query: String) async throws {
    let provider = TestMetrics()
    _ = try await Asking.response("\(Asking.base)/namespaces/ai-inference/m?\(query)", provider: provider)
    let request = try #require(provider.requests.first)
    #expect(
      request
        == ExternalMetricsRequest(
          namespace: "ai-inference", metricName: "m",
          selector: try LabelQuery(parsing: "scaledobject.keda.sh/name=batch")))
    #expect(request.scaledObjectName == "batch")
  }

  @Test(arguments: [
    "=", "a=b=c", "a b", "a,,b", "a=,=", "a in b", "a in (b", "a in ()b", "in (b)", "(a)", "a=(b)", "-a=b", "a=-b",
    "a/b/c=d", "/a=b", "a>b", "a>", "!", "!a=b", "a=b,", "ü=1", "a=\u{0}", "%", "a=b\u{FFFD}",
    "scaledobject.keda.sh/name=-bad-", "scaledobject.keda.sh/name=UPPER/slash",
    "scaledobject.keda.sh/name=" + String(repeating: "a", count: 64), String(repeating: "a,", count: 9_000),
  ])
  func badSelectorsAreBadRequests(selector: String) async throws {
    let response = try await Asking.metric("redis_stream_length", selector: selector)
    #expect(response.status == 400)
    let status = try Asking.failure(response)
    #expect(status.reason == "BadRequest")
    #expect(status.message?.hasPrefix("unable to parse labelSelector: ") == true)
  }

  @Test(arguments: [
    ("ai-inference", "unknown", "scaledobject.keda.sh/name=inference-worker"),
    ("ai-inference", "s0-redis-streams-orders", "scaledobject.keda.sh/name=nobody"),
    ("ai-inference", "s0-redis-streams-orders", "scaledobject.keda.sh/name=batch"),
    ("nowhere", "s0-redis-streams-orders", "scaledobject.keda.sh/name=inference-worker"),
    ("nowhere", "redis_stream_length", ""), ("ai-inference", "unknown", ""),
  ])
  func whatIsNotThereIsNotFound(namespace: String, metric: String, selector: String) async throws {
    let response = try await Asking.metric(metric, namespace: namespace, selector: selector)
    #expect(response.status == 404)
    let status = try Asking.failure(response)
    #expect(status.reason == "NotFound")
    #expect(status.details?.name == metric)
  }

  @Test func aSourceThatIsDownIsToldSo() async throws {
    let down = try await Asking.metric("s0-down", selector: "scaledobject.keda.sh/name=broken")
    #expect(down.status == 503)
    #expect(try Asking.failure(down).reason == "ServiceUnavailable")
    #expect(try Asking.failure(down).message == "redis: connection refused")
    let slow = try await Asking.metric("s0-slow", selector: "scaledobject.keda.sh/name=broken")
    #expect(slow.status == 504)
    #expect(try Asking.failure(slow).reason == "Timeout")
  }

  @Test func memoryAnswersAtOnceAndSourcesLater() async throws {
    let target = Asking.base + "/namespaces/ai-inference/redis_stream_length"
    guard case .now = try Asking.reply(target) else {
      Issue.record("what memory knows was not answered at once")
      return
    }
    guard case .later(let make) = try Asking.reply(target, provider: TestMetrics(isStale: true)) else {
      Issue.record("a question to a source was answered on the event loop")
      return
    }
    let list: ClientMetricList = try Asking.decode(await make())
    #expect(list.items.count == 2)
  }

  @Test func whatCannotBeDoneIsRefused() async throws {
    let target = Asking.base + "/namespaces/ai-inference/redis_stream_length"
    for watch in ["watch=true", "watch=1", "watch"] {
      let response = try await Asking.response("\(target)?\(watch)")
      #expect(response.status == 405)
      #expect(try Asking.failure(response).reason == "MethodNotAllowed")
    }
    #expect(try await Asking.response(target + "?watch=false&limit=500&resourceVersion=0").status == 200)
    let fields = try await Asking.response(target + "?fieldSelector=metadata.name%3Da")
    #expect(fields.status == 400)
    #expect(try Asking.failure(fields).message?.contains("fieldSelector") == true)
    #expect(try await Asking.response(target + "?fieldSelector=").status == 200)
  }

  @Test func anyTextSurvivesJSON() async throws {
    let names = [
      "quote\"back\\slash", "tab\tline\nreturn\rnull\u{0}bell\u{7}unit\u{1F}", "ünïcödé 🚀 \u{2028}", "</script>", "",
    ]
    for name in names where !name.isEmpty {
      let provider = TestMetrics(["n": [.init(name: name, metrics: [name: .success(Quantity(1))])]])
      let response = try await Asking.response(
        "\(Asking.base)/namespaces/n/\(Asking.encoded(name).replacing("+", with: "%20").replacing("%2F", with: "/"))",
        provider: provider)
      if name.contains("/") {
        #expect(response.status == 404)
        continue
      }
      let list: ClientMetricList = try Asking.decode(response)
      #expect(list.items.map(\.metricName) == [name])
      #expect(list.items.first?.metricLabels["scaledObjectName"] == name)
    }
  }
}
