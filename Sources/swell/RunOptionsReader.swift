internal import Foundation
internal import KubernetesAPI
internal import Operator

/// Puts together what `swell run` is told by flags and by the environment, and refuses what does not go together.
struct RunOptionsReader {
  let environment: [String: String]

  /// - Throws: `FieldError` naming the flag.
  func options(_ flags: RunCommand) throws(FieldError) -> OperatorOptions {
    var options = OperatorOptions(identity: identity)
    options.kubeconfig = text("kubeconfig", flags.kubeconfig)
    options.context = text("context", flags.context)
    options.watchNamespaces = namespaces(text("watch-namespace", flags.watchNamespace) ?? "")
    options.namespace = text("namespace", flags.namespace) ?? environment["POD_NAMESPACE"] ?? options.namespace
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
    for name in options.watchNamespaces + [options.namespace] where !LabelSyntax.isNamespace(name) {
      throw FieldError(
        field: "--watch-namespace or --namespace",
        message: "\"\(shortened(name))\" is no name of a namespace: write lower-case letters, digits and -")
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
      throw FieldError(field: "--\(flag)", message: "\"\(shortened(text))\" is not a port: write 0 to 65535")
    }
    return port
  }

  private func address(_ flag: String, _ value: String?) throws(FieldError) -> ListenAddress? {
    guard let text = text(flag, value) else { return nil }
    guard let address = ListenAddress(text) else {
      throw FieldError(
        field: "--\(flag)",
        message: "\"\(shortened(text))\" is no address: write :8080, 127.0.0.1:8080, or 0 for none")
    }
    return address
  }

  private func choice(_ flag: String, _ value: String?, of values: [String]) throws(FieldError) -> String? {
    guard let text = text(flag, value) else { return nil }
    guard values.contains(text) else {
      throw FieldError(
        field: "--\(flag)",
        message: "\"\(shortened(text))\" is not allowed: write \(values.joined(separator: " or "))")
    }
    return text
  }

  private func namespaces(_ text: String) -> [String] {
    text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

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
