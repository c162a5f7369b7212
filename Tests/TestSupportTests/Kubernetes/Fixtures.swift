import KubernetesAPI

@testable import TestSupport

/// A server with the resources of these tests, and a client of it.
struct Fixture {
  let server: TestAPIServer
  let client: TestClient

  init(_ change: (inout TestAPIServer.Options) -> Void = { _ in }) async throws {
    var options = TestAPIServer.Options()
    options.workloads = nil
    change(&options)
    server = try await TestAPIServer.start(options)
    try await server.apply(yaml: Self.widgets)
    client = try TestClient(server, .admin)
  }

  static let widgets = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: widgets.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {plural: widgets, kind: Widget, shortNames: [wi]}
      versions:
      - name: v1
        served: true
        storage: true
        subresources:
          status: {}
          scale:
            specReplicasPath: .spec.replicas
            statusReplicasPath: .status.replicas
            labelSelectorPath: .status.selector
        additionalPrinterColumns:
        - {name: Size, type: integer, jsonPath: .spec.size}
        - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
        schema:
          openAPIV3Schema:
            type: object
            required: [spec]
            properties:
              spec:
                type: object
                required: [size]
                x-kubernetes-validations:
                - rule: "!has(self.low) || self.low <= (has(self.size) ? self.size : 100)"
                  message: low must not exceed size
                properties:
                  size: {type: integer, format: int32, minimum: 1, maximum: 100}
                  low: {type: integer}
                  replicas: {type: integer}
                  color: {type: string, enum: [red, green], default: red}
                  code: {type: string, pattern: '^[a-z]+$', minLength: 2, maxLength: 4}
                  parts:
                    type: array
                    minItems: 1
                    maxItems: 2
                    items: {type: object, required: [id], properties: {id: {type: string}}}
                  amount: {x-kubernetes-int-or-string: true}
                  free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                  note: {type: string, nullable: true}
                  labels: {type: object, additionalProperties: {type: string}}
              status:
                type: object
                properties:
                  replicas: {type: integer}
                  selector: {type: string}
                  conditions:
                    type: array
                    items: {type: object, properties: {type: {type: string}, status: {type: string}}}
    """

  static let path = "/apis/example.com/v1/namespaces/default/widgets"

  static func widget(_ name: String, _ spec: JSONValue = ["size": 5]) -> JSONValue {
    ["apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": .string(name)], "spec": spec]
  }
}

/// A raw HTTPS client of a test server.
struct TestClient {
  let server: TestAPIServer
  let certificate: TestAuthority.Identity?
  let token: String?
  private let caller = HTTPSCaller()

  init(_ server: TestAPIServer, _ user: TestUser?, token: String? = nil) throws {
    self.server = server
    certificate = try user.map { try server.clientCertificate(for: $0) }
    self.token = token
  }

  struct Answer {
    var status: Int
    var body: JSONValue
    var headers: [(String, String)]
    var message: String { body["message"]?.text ?? "" }
    var reason: String { body["reason"]?.text ?? "" }
    func header(_ name: String) -> [String] { headers.filter { $0.0.lowercased() == name }.map(\.1) }
  }

  @discardableResult
  func send(
    _ method: String, _ uri: String, _ body: JSONValue? = nil, type: String = "application/json",
    headers: [(String, String)] = []
  ) async throws -> Answer {
    var all = [("Content-Type", type)] + headers
    if let token { all.append(("Authorization", "Bearer \(token)")) }
    let endpoint = HTTPSCaller.Endpoint(
      port: server.port, name: "localhost", authorityPEM: server.caPEM,
      clientCertificatePEM: certificate?.certificatePEM, clientKeyPEM: certificate?.keyPEM)
    let answer = try await caller.call(
      endpoint, method: method, uri: uri, headers: all, body: body.map { JSONText.bytes($0) } ?? [],
      timeout: .seconds(20))
    let json = (try? JSONText.parse(answer.body)) ?? .string(String(decoding: answer.body, as: UTF8.self))
    return Answer(status: answer.status, body: json, headers: answer.headers)
  }

  func get(_ uri: String) async throws -> Answer { try await send("GET", uri) }
  func post(_ uri: String, _ body: JSONValue) async throws -> Answer { try await send("POST", uri, body) }
  func put(_ uri: String, _ body: JSONValue) async throws -> Answer { try await send("PUT", uri, body) }
  func merge(_ uri: String, _ body: JSONValue) async throws -> Answer {
    try await send("PATCH", uri, body, type: "application/merge-patch+json")
  }
  func apply(_ uri: String, _ body: JSONValue) async throws -> Answer {
    try await send("PATCH", uri, body, type: "application/apply-patch+yaml")
  }
}
