internal import Foundation
public import KubernetesAPI
internal import Synchronization

/// A Kubernetes API server (1.36) for tests, in this process, on a port of 127.0.0.1, over HTTPS. It is as strict as
/// the real one for the resources that Swell uses.
///
/// ```swift
/// let server = try await TestAPIServer.start()
/// defer { server.stopSoon() }
/// try await server.loadCRDs(folder: crds)
/// try await server.apply(yaml: manifest)
/// let file = try server.kubeconfigFile()           // for kubectl and `swell run`
/// server.faults.add(Fault(.conflict) { $0.verb == "update" })
/// ```
public final class TestAPIServer: Sendable {
  public struct Options: Sendable {
    /// How often a watch that asked for them gets a bookmark; a minute on the real server.
    public var bookmarkInterval: Duration = .seconds(5)
    /// Changes that a watch can go back.
    public var historyLimit = 20_000
    public var allowsHTTP2 = true
    /// Whether a request without login is somebody (and gets a 403), or nobody (401).
    public var allowsAnonymous = false
    /// For the probabilities of faults.
    public var seed: UInt64 = 1
    /// Objects are deleted whose owners are gone.
    public var collectsGarbage = true
    /// Deployments and StatefulSets get replicas: see `WorkloadOptions`. Nil: their status stays as it is.
    public var workloads: WorkloadOptions? = WorkloadOptions()
    /// HPAs scale. Nil: nobody looks at them.
    public var autoscaling: AutoscalingOptions?
    /// How often the servers of APIServices are asked whether they are there.
    public var availabilityInterval: Duration = .milliseconds(500)
    /// Of creationTimestamp and everything else that carries a time.
    public var now: @Sendable () -> Timestamp = {
      Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1_000_000) * 1_000)
    }

    public init() {}
  }

  public let options: Options
  public let faults: Faults
  public let requests: RequestLog
  /// Objects, past every check of the API.
  public let objects: TestObjects
  /// PEM of the authority that signed the server's certificate and signs client certificates.
  public var caPEM: String { authority.certificatePEM }
  let authority: TestAuthority
  let proxyAuthority: TestAuthority
  let api: APIHandler
  let listener: Listener
  private let files: TemporaryFolder
  private let tasks = Mutex<[Task<Void, Never>]>([])

  public static func start(_ options: Options = Options()) async throws -> TestAPIServer {
    let server = try TestAPIServer(options)
    try server.makeFirstObjects()
    try await server.listener.open()
    server.startControllers()
    return server
  }

  private init(_ options: Options) throws {
    self.options = options
    authority = try TestAuthority(commonName: "kubernetes")
    proxyAuthority = try TestAuthority(commonName: "kubernetes-front-proxy-ca")
    faults = Faults(seed: options.seed)
    requests = RequestLog()
    files = try TemporaryFolder("swell-api-server")
    let store = ObjectStore(historyLimit: options.historyLimit, now: options.now)
    let registry = ResourceRegistry(try BuiltInResources.all())
    let proxy = try proxyAuthority.issue(commonName: "front-proxy-client", purpose: .client)
    api = APIHandler(
      store: store, registry: registry, access: AccessControl(store: store), faults: faults, log: requests,
      outgoing: OutgoingCalls(proxy: proxy), bookmarkInterval: options.bookmarkInterval,
      allowsAnonymous: options.allowsAnonymous)
    let identity = try authority.issue(
      commonName: "kube-apiserver", names: ["127.0.0.1", "localhost", "kubernetes", "kubernetes.default.svc"],
      purpose: .server)
    listener = try Listener(
      api: api, authority: authority, identity: identity, allowsHTTP2: options.allowsHTTP2)
    objects = TestObjects(api: api)
  }

  /// `https://127.0.0.1:PORT`.
  public var url: String { "https://127.0.0.1:\(listener.port)" }
  public var port: Int { listener.port }

  // MARK: life

  public func stop() async {
    let running = tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for task in running { task.cancel() }
    await listener.close()
    api.outgoing.caller.closeAll()
  }

  /// As `stop`, for a `defer`: does not wait.
  public func stopSoon() { Task { await stop() } }

  deinit {
    for task in tasks.withLock({ $0 }) { task.cancel() }
    let listener = listener
    Task { await listener.close() }
  }

  /// The server is down: open connections are reset, new ones refused. Its objects stay; its controllers go on.
  public func pause() async { await listener.close() }

  /// It is back, on the same port.
  public func resume() async throws { try await listener.open() }

  /// Resets every open connection; new ones are taken.
  public func cutConnections() { listener.cutConnections() }

  /// Forgets the history now: watches and pages that started earlier get 410 when they come back.
  public func compact() { api.store.compact() }

  /// The revision of the last change.
  public var resourceVersion: Int64 { api.store.revision }

  private func startControllers() {
    let api = api
    var started = [Task { await NamespaceController(api.store, api.registry).run() }]
    if options.collectsGarbage { started.append(Task { await GarbageCollector(api.store, api.registry).run() }) }
    if let workloads = options.workloads {
      started.append(Task { await WorkloadController(api.store, api.registry, workloads).run() })
    }
    if let autoscaling = options.autoscaling {
      started.append(Task { await HPAController(api, autoscaling).run() })
    }
    let interval = options.availabilityInterval
    started.append(
      Task {
        while !Task.isCancelled {
          await api.checkAvailability()
          try? await ContinuousClock().sleep(for: interval)
        }
      })
    tasks.withLock { $0 = started }
  }

  /// What every cluster has from the start.
  private func makeFirstObjects() throws {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
      try objects.put(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
    }
    try objects.put([
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": ["name": "extension-apiserver-authentication", "namespace": "kube-system"],
      "data": [
        "client-ca-file": .string(caPEM), "requestheader-client-ca-file": .string(proxyAuthority.certificatePEM),
        "requestheader-allowed-names": "[\"front-proxy-client\"]",
        "requestheader-username-headers": "[\"X-Remote-User\"]",
        "requestheader-group-headers": "[\"X-Remote-Group\"]",
        "requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]",
      ],
    ])
    for document in try YAMLText.documents(Self.firstRoles) { try objects.put(document) }
  }
}

extension TestAPIServer {
  /// The roles of every cluster that others are bound to.
  private static let firstRoles = """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: cluster-admin}
    rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}, {nonResourceURLs: ["*"], verbs: ["*"]}]
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: "system:auth-delegator"}
    rules:
    - {apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]}
    - {apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata: {name: extension-apiserver-authentication-reader, namespace: kube-system}
    rules:
    - apiGroups: [""]
      resources: [configmaps]
      resourceNames: [extension-apiserver-authentication]
      verbs: [get, list, watch]
    """

  // MARK: users

  /// Adds somebody, or replaces what they may do.
  public func add(_ user: TestUser) { api.access.add(user) }

  /// A bearer token.
  /// - Parameter validFor: nil for ever; a negative one is over already.
  public func token(for user: TestUser, validFor: Duration? = nil) -> String {
    if api.access.user(named: user.name) == nil { api.access.add(user) }
    return api.access.token(for: user, validFor: validFor)
  }

  public func revoke(token: String) { api.access.revoke(token) }

  /// A client certificate, and its key, of this cluster's authority.
  public func clientCertificate(for user: TestUser, validFor: Duration = .seconds(86_400)) throws
    -> TestAuthority.Identity
  {
    try authority.issue(
      commonName: user.name, organizations: user.groups, purpose: .client, validFor: validFor)
  }

  /// What aggregated servers trust as the front proxy, with the certificate that it shows.
  public var frontProxy: TestAuthority.Identity { api.outgoing.proxy }
  public var frontProxyAuthorityPEM: String { proxyAuthority.certificatePEM }

  /// How a kubeconfig logs in.
  public enum Login: Sendable { case certificate, token }

  /// The text of a kubeconfig file.
  public func kubeconfig(
    user: TestUser = .admin, login: Login = .certificate, namespace: String = "default"
  ) throws -> String {
    if api.access.user(named: user.name) == nil { api.access.add(user) }
    let credentials: Kubeconfig.Login =
      switch login {
      case .certificate: .certificate(try clientCertificate(for: user))
      case .token: .token(token(for: user))
      }
    return Kubeconfig.text(server: url, authorityPEM: caPEM, login: credentials, namespace: namespace)
  }

  /// A kubeconfig file, which goes with the server.
  public func kubeconfigFile(
    user: TestUser = .admin, login: Login = .certificate, namespace: String = "default"
  ) throws -> String {
    try files.write(
      kubeconfig(user: user, login: login, namespace: namespace), to: "kubeconfig-\(UUID().uuidString)")
  }

  // MARK: the cluster's network

  /// Says on which port of 127.0.0.1 a Service is that an APIService or a webhook names. Nil: nowhere.
  public func map(service name: String, in namespace: String, servicePort: Int? = nil, to port: Int?) {
    api.outgoing.map(service: name, in: namespace, servicePort: servicePort, to: port)
  }

  // MARK: objects by the API's rules

  /// Creates or replaces every object of the YAML, in order, with every check but the network's. CRDs and namespaces
  /// of the same text may come first.
  @discardableResult
  public func apply(yaml: String) async throws -> [JSONValue] {
    var results: [JSONValue] = []
    for document in try YAMLText.documents(yaml) { results.append(try await apply(document)) }
    return results
  }

  /// Creates the object, or changes the one that is there by server-side apply with force.
  @discardableResult
  public func apply(_ object: JSONValue) async throws -> JSONValue {
    let type = try objects.type(of: object)
    var request = APIRequest(
      method: "PATCH",
      uri: type.path(namespace: object.namespace ?? "default", name: object.name)
        + "?fieldManager=test&force=true&fieldValidation=Strict")
    request.headers = ["content-type": "application/apply-patch+yaml"]
    request.body = JSONText.bytes(object)
    return try await perform(request)
  }

  /// Sends a request past network, login and faults, as the administrator.
  /// - Throws: `RequestFailed` with the server's `Status`.
  @discardableResult
  public func request(
    _ method: String, _ uri: String, _ body: JSONValue? = nil, contentType: String = "application/json"
  ) async throws -> JSONValue {
    var request = APIRequest(method: method, uri: uri, headers: ["content-type": contentType])
    request.body = body.map { JSONText.bytes($0) } ?? []
    return try await perform(request)
  }

  private func perform(_ request: APIRequest) async throws -> JSONValue {
    do {
      let response = try await api.answer(request, RequestTarget(request), .admin)
      let body = try JSONText.parse(response.body)
      guard response.status < 300 else { throw RequestFailed(status: body) }
      return body
    } catch let error as APIError {
      throw RequestFailed(status: error.status)
    }
  }

  /// Applies every .yaml file of a folder, in the order of names.
  public func loadCRDs(folder: String) async throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".yaml") {
      let text = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
      try await apply(yaml: String(decoding: text, as: UTF8.self))
    }
  }
}

/// The API refused a request.
public struct RequestFailed: Error, CustomStringConvertible {
  public var status: JSONValue
  public var code: Int { Int(status["code"]?.int ?? 0) }
  public var description: String { "\(code) \(status["reason"]?.text ?? ""): \(status["message"]?.text ?? "")" }
}
