import Foundation
import HTTPServing
import KubernetesAPI
import Testing

/// Everything but metrics.
@Suite struct RouteTests {
  @Test func groupsAreListed() async throws {
    let list: APIGroupList = try Asking.decode(await Asking.response("/apis"))
    #expect(list.kind == "APIGroupList" && list.apiVersion == "v1")
    #expect(list.groups.map(\.name) == ["external.metrics.k8s.io"])
    let group: APIGroup = try Asking.decode(await Asking.response("/apis/external.metrics.k8s.io"))
    #expect(group.kind == "APIGroup" && group.apiVersion == "v1")
    #expect(group.preferredVersion?.groupVersion == "external.metrics.k8s.io/v1beta1")
    #expect(group.versions.map(\.version) == ["v1beta1"])
  }

  @Test func thereIsExactlyOneResource() async throws {
    let list: APIResourceList = try Asking.decode(await Asking.response(Asking.base))
    #expect(list.kind == "APIResourceList" && list.apiVersion == "v1")
    #expect(list.groupVersion == "external.metrics.k8s.io/v1beta1")
    #expect(
      list.resources == [
        APIResource(name: "externalmetrics", namespaced: true, kind: "ExternalMetricValueList", verbs: ["get"])
      ])
  }

  /// What kubectl and kube-aggregator send; they fall back to plain discovery when it is what they get.
  @Test func aggregatedDiscoveryGetsPlainDiscovery() async throws {
    let accept =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
      + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
    for header in [accept, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"] {
      let response = try await Asking.response("/apis", headers: [("Accept", header)])
      let list: APIGroupList = try Asking.decode(response)
      #expect(list.kind == "APIGroupList")
    }
  }

  @Test(arguments: [
    ("application/json", 200), ("*/*", 200), ("application/*", 200), ("", 200), ("APPLICATION/JSON", 200),
    ("application/vnd.kubernetes.protobuf, */*", 200),
    ("application/vnd.kubernetes.protobuf,application/json", 200),
    ("application/json; charset=utf-8 , text/plain", 200), ("text/html, application/json;q=0.5", 200),
    ("application/vnd.kubernetes.protobuf", 406), ("text/html", 406), ("application/yaml", 406),
    ("application/json;q=0", 406), ("application/json; q=0.000", 406), (",", 406), (";", 406),
    ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", 406),
  ])
  func onlyJSONIsServed(accept: String, status: Int) async throws {
    for path in [
      "/apis", Asking.base, "/openapi/v2", "/openapi/v3", "/version", "/",
      Asking.base + "/namespaces/ai-inference/redis_stream_length",
    ] {
      let response = try await Asking.response(path, headers: [("accept", accept)])
      #expect(response.status == status, "\(path)")
      if status == 406 { #expect(try Asking.failure(response).reason == "NotAcceptable") }
    }
  }

  @Test(arguments: [
    "/nothing", "/api", "/api/v1", "/apis/", "/apis/apps", "/apis/external.metrics.k8s.io/v1", "//apis", "/apis//",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces", "/apis/external.metrics.k8s.io/v1beta1/namespaces/",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/a", "/apis/external.metrics.k8s.io/v1beta1/namespaces/a/",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces//m", "/apis/external.metrics.k8s.io/v1beta1/namespaces/a/m/x",
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/a//", "/apis/external.metrics.k8s.io/v1beta1/m",
    "/APIS", "/openapi", "/openapi/v4", "/openapi/v3/apis/apps/v1", "/healthz/nothing", "/readyz/ping/x", "/metrics",
    "/%2e%2e/apis", "/apis%3f", "/\u{1F680}",
  ])
  func otherPathsAreNotFound(path: String) async throws {
    let response = try await Asking.response(path)
    if path == "/apis/" {
      // As in Kubernetes, a slash at the end makes no difference.
      #expect(response.status == 200)
    } else {
      #expect(response.status == 404)
      #expect(try Asking.failure(response).reason == "NotFound")
    }
  }

  @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "WATCH"])
  func onlyGETIsAllowed(method: String) async throws {
    for path in ["/", "/apis", "/nothing", "/healthz", Asking.base + "/namespaces/a/m"] {
      let response = try await Asking.response(path, method: HTTPMethod(method))
      #expect(response.status == 405)
      #expect(response.headers.first { $0.name == "allow" }?.value == "GET, HEAD")
      #expect(try Asking.failure(response).reason == "MethodNotAllowed")
    }
  }

  @Test func theVersionIsOneOfKubernetes() async throws {
    let version: [String: String] = try Asking.decode(await Asking.response("/version"))
    #expect(version["major"] == "1")
    #expect(version["gitVersion"]?.hasPrefix("v1.") == true)
    #expect(version["platform"]?.hasPrefix("linux/") == true)
  }

  @Test func thePathsAreListedAndServed() async throws {
    let paths: [String: [String]] = try Asking.decode(await Asking.response("/"))
    let listed = try #require(paths["paths"])
    #expect(listed.count >= 9)
    for path in listed { #expect(try await Asking.response(path).status == 200, "\(path)") }
  }

  @Test func everyReferenceOfTheOpenAPIDocumentsIsDefined() async throws {
    for (path, prefix) in [
      ("/openapi/v2", "#/definitions/"),
      ("/openapi/v3/apis/external.metrics.k8s.io/v1beta1", "#/components/schemas/"),
    ] {
      let response = try await Asking.response(path)
      let document: JSONValue = try Asking.decode(response)
      let references = Self.references(in: document)
      #expect(references.count >= 5)
      for reference in references {
        #expect(reference.hasPrefix(prefix))
        let keys = reference.dropFirst(2).split(separator: "/").map(String.init)
        #expect(Self.value(at: keys, in: document) != nil, "\(reference) in \(path)")
      }
      guard case .object(let info)? = Self.value(at: ["info"], in: document) else {
        Issue.record("\(path) has no info")
        continue
      }
      #expect(info["title"] == "swell")
      let metric = "/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/{metricName}"
      #expect(Self.value(at: ["paths", metric, "get"], in: document) != nil)
    }
  }

  @Test func theOpenAPIIndexLeadsToTheDocument() async throws {
    let index: [String: [String: [String: String]]] = try Asking.decode(await Asking.response("/openapi/v3"))
    let entry = try #require(index["paths"]?["apis/external.metrics.k8s.io/v1beta1"])
    let target = try #require(entry["serverRelativeURL"])
    #expect(target.contains("?hash="))
    let document: JSONValue = try Asking.decode(await Asking.response(target))
    #expect(Self.value(at: ["openapi"], in: document) == "3.0.0")
  }

  private static func value(at path: [String], in document: JSONValue) -> JSONValue? {
    path.reduce(document) { value, key in
      if case .object(let members)? = value { members[key] } else { nil }
    }
  }

  private static func references(in value: JSONValue) -> [String] {
    switch value {
    case .array(let values): values.flatMap(references)
    case .object(let members):
      members.flatMap { key, value -> [String] in
        if key == "$ref", case .string(let text) = value { [text] } else { references(in: value) }
      }
    default: []
    }
  }
}
