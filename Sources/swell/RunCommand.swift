internal import ArgumentParser
internal import Foundation
internal import LocalMode
internal import Operator

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run in a Kubernetes cluster, in the place of KEDA's operator, metrics adapter and webhook.",
    discussion: """
      Watches keda.sh/v1alpha1 ScaledObjects, owns their HPAs, scales to and from zero, and serves \
      external.metrics.k8s.io. Several replicas may run: all of them answer, one of them decides and writes.

      Every flag can be given as an environment variable, too: SWELL_ and the flag's name in capitals, as in \
      SWELL_WATCH_NAMESPACE=shop,payments. A flag wins over its variable.

      Exit status: 0 after SIGTERM, when the Lease has been given back; 1 when the cluster or a port cannot be had; \
      2 for flags that are wrong or do not go together.
      """)

  @Option(help: ArgumentHelp("Run from outside with this kubeconfig; without it, in the cluster.", valueName: "file"))
  var kubeconfig: String?

  @Option(help: "The context of the kubeconfig; without it, its current one.")
  var context: String?

  @Option(help: ArgumentHelp("Namespaces to watch, separated by commas; empty for all.", valueName: "names"))
  var watchNamespace: String?

  @Option(
    help:
      "Swell's own namespace: of its Lease, its certificates, and the Secrets of ClusterTriggerAuthentications. [default: $POD_NAMESPACE, else swell-system]"
  )
  var namespace: String?

  @Option(
    help: ArgumentHelp(
      "Where Secrets of ClusterTriggerAuthentications are. [default: $KEDA_CLUSTER_OBJECT_NAMESPACE, else --namespace]",
      valueName: "name"))
  var clusterObjectNamespace: String?

  @Option(help: ArgumentHelp("Elect the one replica that decides and writes. [default: true]", valueName: "true|false"))
  var leaderElect: Bool?

  @Option(help: ArgumentHelp("The address of the metrics API and the webhook. [default: 0.0.0.0]", valueName: "ip"))
  var bindAddress: String?

  @Option(help: ArgumentHelp("The port of the external metrics API (HTTPS). [default: 6443]", valueName: "port"))
  var securePort: Int?

  @Option(
    help: ArgumentHelp("The port of the admission webhook (HTTPS); 0 serves none. [default: 9443]", valueName: "port"))
  var webhookPort: Int?

  @Option(
    help: ArgumentHelp(
      "Where /metrics and the JSON API behind `swell explain` are served; 0 is off. [default: :8080]",
      valueName: "ip:port"))
  var metricsBindAddress: String?

  @Option(
    help: ArgumentHelp("Where /healthz and /readyz are served; 0 is off. [default: :8081]", valueName: "ip:port"))
  var healthProbeBindAddress: String?

  @Option(
    help: ArgumentHelp(
      "Use tls.crt, tls.key and ca.crt of this folder instead of certificates of Swell's own.", valueName: "folder"))
  var certDir: String?

  @Option(help: ArgumentHelp("The oldest TLS that is spoken. [default: 1.2]", valueName: "1.2|1.3"))
  var tlsMinVersion: String?

  @Option(help: ArgumentHelp("Make, keep and renew certificates in a Secret. [default: true]", valueName: "true|false"))
  var manageCertificates: Bool?

  @Option(
    help: ArgumentHelp(
      "Keep the caBundle of the APIService and of the webhooks current. [default: true]", valueName: "true|false"))
  var manageApiservice: Bool?

  @Option(
    help: ArgumentHelp("The Secret that certificates are kept in. [default: swell-certificates]", valueName: "name"))
  var certificateSecret: String?

  @Option(help: ArgumentHelp("The Service of the metrics API. [default: swell-metrics-apiserver]", valueName: "name"))
  var serviceName: String?

  @Option(help: ArgumentHelp("The Service of the webhook. [default: swell-webhooks]", valueName: "name"))
  var webhookServiceName: String?

  @Option(
    help: ArgumentHelp(
      "The ValidatingWebhookConfiguration whose caBundle is kept current. [default: swell-admission]",
      valueName: "name"))
  var webhookConfiguration: String?

  @Option(
    help: ArgumentHelp(
      "How much is logged. [default: info]", valueName: "trace|debug|info|notice|warning|error|critical"))
  var logLevel: String?

  @Option(help: ArgumentHelp("How it is logged. [default: text]", valueName: "text|json"))
  var logFormat: String?

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let options = try usage(of: "run") { try RunOptionsReader(environment: environment).options(self) }
    do {
      try await OperatorRun(options).run()
    } catch let error as OperatorRunError {
      printError(error.description)
      throw ExitCode(1)
    }
  }
}

extension RunCommand {
  private static let switches: Set<String> = ["--leader-elect", "--manage-certificates", "--manage-apiservice"]

  /// The flags, as `swell run --help` has them.
  static let flags = [
    "kubeconfig", "context", "watch-namespace", "namespace", "cluster-object-namespace", "leader-elect", "bind-address",
    "secure-port", "webhook-port", "metrics-bind-address", "health-probe-bind-address", "cert-dir", "tls-min-version",
    "manage-certificates", "manage-apiservice", "certificate-secret", "service-name", "webhook-service-name",
    "webhook-configuration", "log-level", "log-format",
  ]

  /// Other programs of a cluster take such a flag without a value, too: it means true.
  static func withValues(_ arguments: [String]) -> [String] {
    arguments.enumerated().map { index, argument in
      guard switches.contains(argument) else { return argument }
      // Whatever follows and is no flag is meant as its value, so that "--leader-elect no" is refused by name.
      let next = index + 1 < arguments.count ? arguments[index + 1] : "-"
      return next.hasPrefix("-") ? argument + "=true" : argument
    }
  }
}
