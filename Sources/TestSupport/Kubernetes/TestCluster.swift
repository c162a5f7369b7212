internal import Dispatch
internal import Foundation
public import KubernetesAPI

/// A cluster that scenarios run on: a `TestAPIServer`, or the one that SWELL_TEST_KUBECONFIG names. It offers what both
/// can do, so that a scenario does not know on which it runs.
public final class TestCluster: Sendable {
  public static let variable = "SWELL_TEST_KUBECONFIG"
  /// The variable of the name or address under which the API server of an external cluster reaches this machine.
  public static let hostVariable = "SWELL_TEST_HOST"

  private static func setting(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Whether the environment names an external cluster.
  public static let isExternal = setting(variable) != nil
  public static let host = setting(hostVariable) ?? "localhost"

  /// By how much every wait of a test may be longer: on an external cluster, HPAs decide each 15 s, and namespaces take
  /// their time to go. SWELL_TEST_PATIENCE sets another factor.
  public static let patience = setting("SWELL_TEST_PATIENCE").flatMap { Int($0) } ?? (isExternal ? 8 : 1)

  /// Nil on an external cluster. For what only the test server can do: faults, the request log.
  public let server: TestAPIServer?
  public let objects: any ClusterObjects
  /// Of an administrator.
  public let kubeconfig: String
  /// Nil with a test server.
  let external: ExternalObjects?
  let connection: ExternalConnection?
  private let files: TemporaryFolder

  public var isExternal: Bool { server == nil }

  public struct Failed: Error, CustomStringConvertible {
    public var description: String
  }

  /// - Parameters:
  ///   - options: of the test server, where it is one.
  ///   - crds: folder of CRDs, applied to either.
  public static func start(
    _ options: TestAPIServer.Options = .init(), crds: String? = nil
  ) async throws -> TestCluster {
    let cluster =
      if let path = setting(variable) {
        try await connect(kubeconfig: path)
      } else {
        try TestCluster(await TestAPIServer.start(options))
      }
    if let crds { try await cluster.apply(folder: crds) }
    return cluster
  }

  /// An external cluster, whose kubeconfig must be an administrator's.
  public static func connect(kubeconfig: String) async throws -> TestCluster {
    let login = try await ExternalConnection.login(kubeconfig: kubeconfig, kubectl: kubectl)
    let connection = ExternalConnection(login)
    return try TestCluster(nil, ExternalObjects(connection), connection, kubeconfig)
  }

  /// Around a test server that runs already.
  public convenience init(_ server: TestAPIServer) throws {
    try self.init(server, nil, nil, server.kubeconfigFile())
  }

  private init(
    _ server: TestAPIServer?, _ external: ExternalObjects?, _ connection: ExternalConnection?, _ kubeconfig: String
  ) throws {
    guard let objects: any ClusterObjects = server?.objects ?? external else {
      throw Failed(description: "a cluster has a server")
    }
    self.server = server
    self.external = external
    self.connection = connection
    self.objects = objects
    self.kubeconfig = kubeconfig
    files = try TemporaryFolder("swell-cluster")
  }

  static var kubectl: String { setting("KUBECTL") ?? "kubectl" }

  /// Stops the test server; leaves an external cluster as it is.
  public func stop() async { await server?.stop() }

  /// A file that goes with this object.
  func write(_ text: String, to name: String) throws -> String { try files.write(text, to: name) }

  /// Runs kubectl with the administrator's kubeconfig.
  /// - Returns: what it wrote, with its standard error.
  @discardableResult
  public func run(_ arguments: String...) async throws -> String {
    let (status, output) = try await attempt(arguments)
    guard status == 0 else {
      throw Failed(description: "kubectl \(arguments.joined(separator: " ")): status \(status): \(output)")
    }
    return output
  }

  /// As `run`, for commands that may fail.
  public func attempt(_ arguments: [String]) async throws -> (status: Int32, output: String) {
    let child = try await ChildProcess.start(
      Self.kubectl, arguments, environment: ["KUBECONFIG": kubeconfig, "HOME": files.url.path])
    let status = try await child.waitUntilExit(within: .seconds(120))
    return (status, child.output)
  }

  // MARK: objects by the API's rules

  /// Creates or changes every object of the YAML, in order, by server-side apply with force.
  public func apply(_ yaml: String) async throws {
    for document in try YAMLText.documents(yaml) { try await apply(document) }
  }

  /// Applies every .yaml file of a folder, in the order of names.
  public func apply(folder: String) async throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".yaml") {
      try await apply(String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8))
    }
  }

  /// Creates or changes the object by server-side apply with force. A definition of resources is served when it returns.
  @discardableResult
  public func apply(_ object: JSONValue) async throws -> JSONValue {
    if let server { return try await server.apply(object) }
    guard let external else { throw Failed(description: "no cluster") }
    let path = try await blocking { try external.path(of: object) }
    let stored = try await request(
      "PATCH", "\(path)?fieldManager=test&force=true&fieldValidation=Strict", object,
      contentType: "application/apply-patch+yaml")
    if object["kind"] == "CustomResourceDefinition" {
      let name = "\(object["spec", "names", "plural"]?.text ?? "").\(object["spec", "group"]?.text ?? "")"
      try await eventually("\(name) is served", within: .seconds(20), every: .milliseconds(50)) {
        _ = try await blocking { try external.list(name) }
        return true
      }
    }
    return stored
  }

  /// Sends a request as the administrator.
  /// - Throws: `RequestFailed` with the server's `Status`.
  @discardableResult
  public func request(
    _ method: String, _ uri: String, _ body: JSONValue? = nil, contentType: String = "application/json"
  ) async throws -> JSONValue {
    if let server { return try await server.request(method, uri, body, contentType: contentType) }
    guard let connection else { throw Failed(description: "no cluster") }
    return try await blocking { try connection.send(method, uri, body, contentType: contentType) }
  }

  /// Runs what blocks where it holds up no other task.
  private func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  /// - Parameter resource: as for kubectl: `so`, `deployments`, `horizontalpodautoscalers.autoscaling`.
  /// - Returns: nil when there is no such object.
  public func get(_ resource: String, _ name: String, in namespace: String) async throws -> JSONValue? {
    try objects.get(resource, name, in: namespace)
  }

  public func list(_ resource: String, in namespace: String) async throws -> [JSONValue] {
    try objects.list(resource, in: namespace)
  }

  /// Deletes, without waiting for finalizers.
  public func delete(_ resource: String, _ name: String, in namespace: String) async throws {
    try objects.delete(resource, name, in: namespace)
  }

  /// A merge patch, as kubectl sends it.
  public func patch(
    _ resource: String, _ name: String, in namespace: String, subresource: String? = nil, _ patch: JSONValue
  ) async throws {
    let path = try objects.path(resource, name, in: namespace, subresource: subresource)
    try await request("PATCH", path, patch, contentType: "application/merge-patch+json")
  }

  /// Replicas that a workload is to have.
  public func scale(_ resource: String, _ name: String, in namespace: String, to replicas: Int) async throws {
    try await patch(
      resource, name, in: namespace, subresource: "scale", ["spec": ["replicas": .integer(Int64(replicas))]])
  }

  /// `spec.replicas` of a workload.
  public func replicas(_ resource: String, _ name: String, in namespace: String) async throws -> Int? {
    try await get(resource, name, in: namespace)?["spec", "replicas"]?.int.map { Int($0) }
  }

  /// The label of namespaces that tests made.
  public static let mark = "swell-test"

  /// A new namespace with a name of its own.
  public func makeNamespace(_ prefix: String = "swell-test") async throws -> String {
    let name = "\(prefix)-\(UUID().uuidString.prefix(8).lowercased())"
    try await apply("{apiVersion: v1, kind: Namespace, metadata: {name: \(name), labels: {\(Self.mark): \"true\"}}}")
    return name
  }

  public func deleteNamespace(_ name: String) async throws { try objects.delete("namespaces", name) }

  /// A Deployment with one container, for scenarios that need something to scale.
  public func makeDeployment(_ name: String, in namespace: String, replicas: Int) async throws {
    try await apply(
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: \(name), namespace: \(namespace)}
      spec:
        replicas: \(replicas)
        selector: {matchLabels: {app: \(name)}}
        template:
          metadata: {labels: {app: \(name)}}
          spec:
            containers: [{name: main, image: "registry.k8s.io/pause:3.10"}]
      """)
  }
}
