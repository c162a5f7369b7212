internal import Foundation
public import KubernetesAPI

/// A cluster that scenarios run on: a `TestAPIServer`, or the one that SWELL_TEST_KUBECONFIG names. It offers what both
/// can do, so that a scenario does not know on which it runs.
public final class TestCluster: Sendable {
  public static let variable = "SWELL_TEST_KUBECONFIG"

  /// Nil on an external cluster. For what only the test server can do: faults, the request log.
  public let server: TestAPIServer?
  /// Of an administrator.
  public let kubeconfig: String
  private let files: TemporaryFolder
  private let kubectl: String

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
    let environment = ProcessInfo.processInfo.environment
    let cluster: TestCluster
    if let path = environment[variable], !path.isEmpty {
      cluster = try TestCluster(nil, path)
    } else {
      let server = try await TestAPIServer.start(options)
      cluster = try TestCluster(server, server.kubeconfigFile())
    }
    if let crds {
      if let server = cluster.server {
        try await server.loadCRDs(folder: crds)
      } else {
        try await cluster.run("apply", "--server-side", "--force-conflicts", "-f", crds)
        try await cluster.run("wait", "--for=condition=Established", "--timeout=60s", "-f", crds)
      }
    }
    return cluster
  }

  private init(_ server: TestAPIServer?, _ kubeconfig: String) throws {
    self.server = server
    self.kubeconfig = kubeconfig
    files = try TemporaryFolder("swell-cluster")
    kubectl = ProcessInfo.processInfo.environment["KUBECTL"] ?? "kubectl"
  }

  /// Around a test server that runs already.
  public convenience init(_ server: TestAPIServer) throws { try self.init(server, server.kubeconfigFile()) }

  /// Stops the test server; leaves an external cluster as it is.
  public func stop() async { await server?.stop() }

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
      kubectl, arguments, environment: ["KUBECONFIG": kubeconfig, "HOME": files.url.path])
    let status = try await child.waitUntilExit(within: .seconds(120))
    return (status, child.output)
  }

  /// Creates or changes every object of the YAML.
  public func apply(_ yaml: String) async throws {
    if let server {
      try await server.apply(yaml: yaml)
    } else {
      let file = try files.write(yaml, to: "\(UUID().uuidString).yaml")
      try await run("apply", "--server-side", "--force-conflicts", "-f", file)
    }
  }

  /// - Parameter resource: as for kubectl: `so`, `deployments`, `horizontalpodautoscalers.autoscaling`.
  /// - Returns: nil when there is no such object.
  public func get(_ resource: String, _ name: String, in namespace: String) async throws -> JSONValue? {
    if let server { return try server.objects.get(resource, name, in: namespace) }
    let text = try await run("get", resource, name, "-n", namespace, "--ignore-not-found", "-o", "json")
    return text.isEmpty ? nil : try JSONText.parse(text)
  }

  public func list(_ resource: String, in namespace: String) async throws -> [JSONValue] {
    if let server { return try server.objects.list(resource, in: namespace) }
    return try JSONText.parse(try await run("get", resource, "-n", namespace, "-o", "json"))["items"]?.items ?? []
  }

  /// Deletes, without waiting for finalizers.
  public func delete(_ resource: String, _ name: String, in namespace: String) async throws {
    if let server { return try server.objects.delete(resource, name, in: namespace) }
    try await run("delete", resource, name, "-n", namespace, "--wait=false", "--ignore-not-found")
  }

  /// A merge patch, as kubectl sends it.
  public func patch(
    _ resource: String, _ name: String, in namespace: String, subresource: String? = nil, _ patch: JSONValue
  ) async throws {
    if let server {
      let type = try server.objects.type(resource)
      let path = type.path(namespace: namespace, name: name, subresource: subresource)
      try await server.request("PATCH", path, patch, contentType: "application/merge-patch+json")
      return
    }
    var arguments = ["patch", resource, name, "-n", namespace, "--type=merge", "-p", JSONText.text(patch)]
    if let subresource { arguments.append("--subresource=\(subresource)") }
    let (status, output) = try await attempt(arguments)
    guard status == 0 else { throw Failed(description: "kubectl \(arguments.joined(separator: " ")): \(output)") }
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

  /// A new namespace with a name of its own.
  public func makeNamespace(_ prefix: String = "swell-test") async throws -> String {
    let name = "\(prefix)-\(UUID().uuidString.prefix(8).lowercased())"
    try await apply("{apiVersion: v1, kind: Namespace, metadata: {name: \(name)}}")
    return name
  }

  public func deleteNamespace(_ name: String) async throws {
    if let server { return try server.objects.delete("namespaces", name) }
    try await run("delete", "namespace", name, "--wait=false", "--ignore-not-found")
  }

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
