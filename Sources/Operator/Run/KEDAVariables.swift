/// The environment variables that KEDA's programs read and Swell does not: whoever takes them along is told, for what they
/// asked for does not happen.
enum KEDAVariables {
  /// What to do instead, by variable.
  static let advice: [String: String] = [
    "WATCH_NAMESPACE": "use --watch-namespace or SWELL_WATCH_NAMESPACE",
    "KEDA_HTTP_DEFAULT_TIMEOUT":
      "no round trip takes longer than 3 s; timeout in the metadata of a prometheus trigger sets another limit",
    "KEDA_HTTP_DISABLE_KEEP_ALIVE": "connections are kept and shared",
    "KEDA_HTTP_MIN_TLS_VERSION": "sources are asked with TLS 1.2 or newer",
    "KEDA_HTTP_TLS_CIPHER_LIST": "the defaults of OpenSSL are used",
    "KEDA_SERVICE_MIN_TLS_VERSION": "use --tls-min-version",
    "KEDA_SERVICE_TLS_CIPHER_LIST": "the defaults of OpenSSL are used",
    "KEDA_SCALEDOBJECT_CTRL_MAX_RECONCILES": "there is no such limit",
    "KEDA_SCALEDJOB_CTRL_MAX_RECONCILES": "ScaledJobs are not supported yet",
    "KEDA_OPERATOR_LEADER_ELECTION_LEASE_DURATION": "the times of the election are fixed",
    "KEDA_OPERATOR_LEADER_ELECTION_RENEW_DEADLINE": "the times of the election are fixed",
    "KEDA_OPERATOR_LEADER_ELECTION_RETRY_PERIOD": "the times of the election are fixed",
    "KEDA_RESTRICT_SECRET_ACCESS": "Kubernetes decides: take secrets out of the ClusterRole swell-workloads",
    "KEDA_BOUND_SERVICE_ACCOUNT_TOKEN_EXPIRY": "boundServiceAccountToken is not supported yet",
    "KEDA_CHECK_UNEXPECTED_SCALERS_PARAMS": "settings without effect are always told, in the log and by swell check",
    "RAW_METRICS_GRPC_PROTOCOL": "there is no stream of raw metrics",
    "RAW_METRICS_MODE": "there is no stream of raw metrics",
  ]

  /// Those that are set, in the order of their names.
  static func withoutEffect(in environment: [String: String]) -> [(variable: String, advice: String)] {
    advice.filter { !(environment[$0.key] ?? "").isEmpty }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
