internal import Foundation
internal import KubernetesAPI
internal import Operator

/// Puts together what `swell run` is told by flags and by the environment, and refuses what does not go together.
struct RunOptionsReader {
  let environment: [String: String]

  /// - Throws: `FieldError` naming the flag, or the variable that was read instead.
  func options(_ flags: RunCommand) throws(FieldError) -> OperatorOptions {
    try checkNames()
    var options = OperatorOptions(identity: identity)
    options.kubeconfig = text("kubeconfig", flags.kubeconfig)
    options.context = text("context", flags.context)
    options.watchNamespaces = namespaces(text("watch-namespace", flags.watchNamespace) ?? "")
    options.namespace = text("namespace", flags.namespace) ?? environment["POD_NAMESPACE"] ?? options.namespace
    // KEDA's variable means the same, and whoever comes from there has it set.
    options.clusterObjectNamespace =
      text("cluster-object-namespace", flags.clusterObjectNamespace)
      ?? environment["KEDA_CLUSTER_OBJECT_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 }
    options.electsLeader = try bool("leader-elect", flags.leaderElect) ?? true
    options.bindAddress = text("bind-address", flags.bindAddress) ?? options.bindAddress
    options.securePort = try port("secure-port", flags.securePort) ?? options.securePort
    options.webhookPort = try port("webhook-port", flags.webhookPort) ?? options.webhookPort
    options.metricsAddress = try address("metrics-bind-address", flags.metricsBindAddress) ?? options.metricsAddress
    options.healthAddress =
      try address("health-probe-bind-address", flags.healthProbeBindAddress) ?? options.healthAddress
    options.certificateFolder = text("cert-dir", flags.certDir)
    options.requiresTLS13 =
      try choice("tls-min-version", flags.tlsMinVersion, of: ["1.2", "1.3"]) == "1.3"
    options.managesCertificates =
      try bool("manage-certificates", flags.manageCertificates) ?? (options.certificateFolder == nil)
    options.managesAPIService = try bool("manage-apiservice", flags.manageApiservice) ?? true
    options.certificateSecret = text("certificate-secret", flags.certificateSecret) ?? options.certificateSecret
    options.serviceName = text("service-name", flags.serviceName) ?? options.serviceName
    options.webhookServiceName = text("webhook-service-name", flags.webhookServiceName) ?? options.webhookServiceName
    options.webhookConfiguration =
      text("webhook-configuration", flags.webhookConfiguration) ?? options.webhookConfiguration
    options.logLevel =
      try choice(
        "log-level", flags.logLevel, of: ["trace", "debug", "info", "notice", "warning", "error", "critical"]) ?? "info"
    options.logsJSON = try choice("log-format", flags.logFormat, of: ["text", "json"]) == "json"
    try check(options)
    return options
  }

  /// A variable that is nearly one of Swell's would be passed over, and all namespaces watched instead of one.
  private func checkNames() throws(FieldError) {
    let known = RunCommand.flags.map(variable)
    for name in environment.keys.sorted() where name.hasPrefix("SWELL_") && !known.contains(name) {
      guard let meant = known.first(where: { Self.isNearly(name, $0) }) else { continue }
      throw FieldError(field: name, message: "unknown environment variable: did you mean \(meant)?")
    }
  }

  /// A few letters too many or too few at the end, or other capitals and dashes. Not more: a cluster gives containers variables
  /// of its own, such as SWELL_SERVICE_HOST, for a Service named swell.
  private static func isNearly(_ name: String, _ known: String) -> Bool {
    let name = name.uppercased().replacingOccurrences(of: "-", with: "_")
    return name == known || (name.hasPrefix(known) && name.count - known.count <= 3)
      || (known.hasPrefix(name) && known.count - name.count <= 2)
  }

  private func check(_ options: OperatorOptions) throws(FieldError) {
    if options.context != nil, options.kubeconfig == nil {
      throw FieldError(field: "--context", message: "belongs to a kubeconfig: give --kubeconfig, or leave it out")
    }
    if options.managesCertificates, options.certificateFolder != nil {
      throw FieldError(
        field: "--manage-certificates",
        message: "true does not go with --cert-dir, where somebody else makes the certificates: leave out one of them")
    }
    if !options.managesCertificates, options.certificateFolder == nil {
      throw FieldError(
        field: "--manage-certificates", message: "false needs certificates from elsewhere: give --cert-dir")
    }
    let watched = options.watchNamespaces.map { ("--watch-namespace", $0) }
    let cluster = options.clusterObjectNamespace.map { [("--cluster-object-namespace", $0)] } ?? []
    for (flag, name) in watched + [("--namespace", options.namespace)] + cluster
    where !LabelSyntax.isNamespace(name) {
      let more = flag != "--watch-namespace" ? "" : "; commas between names, and nothing at all for all namespaces"
      throw FieldError(
        field: flag,
        message: "\"\(shortened(name))\" is no name of a namespace: write lower-case letters, digits and -\(more)")
    }
    let ports = [
      ("--secure-port", options.securePort), ("--webhook-port", options.webhookPort),
      ("--metrics-bind-address", options.metricsAddress.port),
      ("--health-probe-bind-address", options.healthAddress.port),
    ].filter { $0.1 != 0 }
    for (index, (flag, port)) in ports.enumerated() {
      if let other = ports[..<index].first(where: { $0.1 == port }) {
        throw FieldError(field: flag, message: "\(port) is the port of \(other.0) already: give another one")
      }
    }
  }

  // MARK: Values

  /// Who this replica is: the pod's name, or the machine's and the process's outside of a cluster.
  private var identity: String {
    if let pod = environment["POD_NAME"], !pod.isEmpty { return pod }
    return "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)"
  }

  private func text(_ flag: String, _ value: String?) -> String? {
    let value = value ?? environment[variable(flag)]
    return value?.isEmpty ?? true ? nil : value
  }

  private func bool(_ flag: String, _ value: Bool?) throws(FieldError) -> Bool? {
    if let value { return value }
    return try choice(flag, nil, of: ["true", "false"]).map { $0 == "true" }
  }

  private func port(_ flag: String, _ value: Int?) throws(FieldError) -> Int? {
    guard let text = value.map(String.init) ?? text(flag, nil) else { return nil }
    guard let port = Int(text), (0...65_535).contains(port) else {
      throw FieldError(
        field: source(flag, value.map(String.init)),
        message: "\"\(shortened(text))\" is not a port: write 0 to 65535")
    }
    return port
  }

  private func address(_ flag: String, _ value: String?) throws(FieldError) -> ListenAddress? {
    guard let text = text(flag, value) else { return nil }
    guard let address = ListenAddress(text) else {
      throw FieldError(
        field: source(flag, value),
        message: "\"\(shortened(text))\" is no address: write :8080, 127.0.0.1:8080, or 0 for none")
    }
    return address
  }

  private func choice(_ flag: String, _ value: String?, of values: [String]) throws(FieldError) -> String? {
    guard let text = text(flag, value) else { return nil }
    guard values.contains(text) else {
      throw FieldError(
        field: source(flag, value),
        message: "\"\(shortened(text))\" is not allowed: write \(values.joined(separator: " or "))")
    }
    return text
  }

  private func namespaces(_ text: String) -> [String] {
    text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Where a value came from: the flag, or else its variable.
  private func source(_ flag: String, _ value: String?) -> String { value == nil ? variable(flag) : "--\(flag)" }

  private func variable(_ flag: String) -> String {
    "SWELL_" + flag.replacingOccurrences(of: "-", with: "_").uppercased()
  }
}

extension LabelSyntax {
  /// A DNS label (RFC 1123), as names of namespaces are.
  fileprivate static func isNamespace(_ name: String) -> Bool {
    let allowed = name.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || byte == UInt8(ascii: "-")
    }
    return allowed && !name.isEmpty && name.utf8.count <= 63 && name.first != "-" && name.last != "-"
  }
}
