internal import Autoscaling
internal import KubernetesAPI
internal import Questions

/// `prometheus`: the one number that an instant query gives.
struct PrometheusTrigger: ExternalTrigger {
  let metric: ExternalMetric
  let activationThreshold: Double
  let endpoint: Endpoint
  let question: Question
  /// Empty, null, NaN and infinite results mean 0; otherwise they are unknown.
  let ignoresNullValues: Bool
  let unknownKeys: [String]
  let notices: [FieldError]

  init(_ declaration: TriggerDeclaration) throws(TriggerError) {
    var reader = MetadataReader(declaration)
    let address = Self.address(&reader)
    let query = reader.required(.init("query", from: .metadata), "a query in PromQL that gives one number")?.text ?? ""
    let thresholdValue = reader.required(.init("threshold", from: .metadata), "what one replica handles, such as 100")
    let threshold = thresholdValue.flatMap { reader.number($0) }
    let activation = reader.value(.init("activationThreshold", from: .metadata)).flatMap { reader.number($0) }
    let ignoresNullValues = reader.bool(.init("ignoreNullValues", from: .metadata), default: true)
    let isUnsafe = reader.bool(.init("unsafeSsl", from: .metadata))
    let custom = reader.customHeaders()
    let authentication = reader.httpAuthentication()
    reader.checkCloudIdentity(hasAuthModes: !authentication.modes.isEmpty)
    let tls = Self.tls(authentication, isUnsafe: isUnsafe, &reader)
    let target = Self.target(address, query: query, &reader)
    let timeout = reader.duration(.init("timeout", from: .metadata)) ?? .zero
    let targetType = reader.targetType()
    let alias = reader.text(.init("metricName", from: .metadata)) ?? "prometheus_\(declaration.name ?? "metric")"
    let quantity = Quantity(metric: threshold ?? 0)
    if let thresholdValue, threshold != nil {
      reader.requirePositive(quantity, written: thresholdValue.text, field: thresholdValue.field)
    }
    unknownKeys = reader.unknownKeys
    notices = reader.notices
    let server = try reader.finish(with: address)

    endpoint = .http(
      HTTPEndpoint(
        scheme: server.scheme, host: server.host, port: server.port,
        tls: server.scheme == "https" ? tls : TLSOptions()))
    question = .http(
      HTTPQuestion(
        target: target, appendsTime: true,
        headers: Self.headers(custom, authentication.headers, user: server.user),
        timeout: Self.timeout(timeout, otherwise: declaration.httpTimeout)))
    self.ignoresNullValues = ignoresNullValues
    activationThreshold = activation ?? 0
    metric = ExternalMetric(
      name: MetricName.indexed("prometheus", by: declaration.index), alias: alias, targetType: targetType,
      target: quantity)
  }

  private static func address(_ reader: inout MetadataReader) -> ServerAddress? {
    let advice = "the URL of the server, such as http://prometheus.monitoring:9090"
    guard let value = reader.required(.init("serverAddress", from: .metadata), advice) else { return nil }
    if let address = ServerAddress(value.text) { return address }
    reader.fail(
      value.field,
      "\"\(shortened(value.text.withoutPassword))\" is not the URL of a server: write one such as "
        + "http://prometheus.monitoring:9090, without ? and #")
    return nil
  }

  /// Path and query of the request; `time` is added when it is sent.
  private static func target(_ address: ServerAddress?, query: String, _ reader: inout MetadataReader) -> String {
    var target = "\(address?.prefix ?? "")/api/v1/query?query=\(QueryEscaping.escaped(query))"
    // KEDA appends the namespace as it is, and manifests use that to add parameters: "ns&tenant=a".
    if let namespace = reader.text(.init("namespace", from: .metadata)) {
      target += "&namespace=" + QueryEscaping.legal(namespace)
    }
    for (name, value) in reader.map(.init("queryParameters", from: .metadata)).sorted(by: { $0.key < $1.key }) {
      target += "&\(QueryEscaping.escaped(name))=\(QueryEscaping.escaped(value))"
    }
    return target
  }

  /// Certificates replace `unsafeSsl`, as in KEDA: who gives an authority wants it checked.
  private static func tls(
    _ authentication: HTTPAuthentication, isUnsafe: Bool, _ reader: inout MetadataReader
  ) -> TLSOptions {
    guard var material = authentication.tls else { return TLSOptions(verifiesCertificate: !isUnsafe) }
    // KEDA does not look at the password here; beside a key that needs none it does no harm.
    if let key = material.key, !PEM.isEncrypted(key.text) { material.keyPassword = nil }
    if isUnsafe {
      reader.note("metadata.unsafeSsl", "has no effect together with ca, cert or key: the server is verified")
    }
    return reader.tlsOptions(material, verifiesCertificate: true)
  }

  /// Custom headers first; what the authentication sends replaces a custom header of the same name.
  private static func headers(
    _ custom: [HTTPQuestion.Header], _ authentication: [HTTPQuestion.Header],
    user: (name: String, password: SecretText)?
  ) -> [HTTPQuestion.Header] {
    let replaced = Set(authentication.map { $0.name.lowercased() })
    let headers = custom.filter { !replaced.contains($0.name.lowercased()) } + authentication
    guard let user, !headers.contains(where: { $0.name.lowercased() == "authorization" }) else { return headers }
    return headers + [MetadataReader.basic(user.name, user.password.reveal())]
  }

  /// The trigger's own timeout, else the global one, else 300 ms; as KEDA has it.
  private static func timeout(_ own: Duration, otherwise global: Duration) -> Duration {
    if own > .zero { return own }
    return global > .zero ? global : .milliseconds(300)
  }
}
