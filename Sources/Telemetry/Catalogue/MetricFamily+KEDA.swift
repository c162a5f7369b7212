/// The metrics of KEDA 2.20 that have a meaning in one process without ScaledJobs and CloudEvents, under its names and with
/// its labels.
extension MetricFamily {
  /// The labels of one trigger's series. `scaler` is the trigger's name, or KEDA's name for its type
  /// (`redisStreamsScaler`); `type` is `scaledobject`.
  public static let triggerLabels = ["namespace", "metric", "scaledObject", "scaler", "triggerIndex", "type"]
  public static let objectLabels = ["namespace", "scaledObject"]

  public static let kedaBuildInfo = MetricFamily(
    "keda_build_info", .gauge, labels: ["version", "git_commit", "goversion", "goos", "goarch"],
    "Always 1; what this build is. Swell's version, with the Swift release as goversion.")
  public static let kedaScalerMetricsValue = MetricFamily(
    "keda_scaler_metrics_value", .gauge, labels: triggerLabels,
    "The value that is served for a trigger, fallback included, in the trigger's own unit.")
  public static let kedaScalerMetricsLatency = MetricFamily(
    "keda_scaler_metrics_latency_seconds", .gauge, labels: triggerLabels,
    "How long the source took for the last reading of a trigger, in seconds.")
  public static let kedaScalerActive = MetricFamily(
    "keda_scaler_active", .gauge, labels: triggerLabels,
    "1 while a trigger is above its activation threshold, else 0.")
  public static let kedaScalerDetailErrors = MetricFamily(
    "keda_scaler_detail_errors_total", .counter, labels: triggerLabels,
    "Failed readings of a trigger since its object was loaded.")
  public static let kedaScaledObjectPaused = MetricFamily(
    "keda_scaled_object_paused", .gauge, labels: objectLabels, "1 while a ScaledObject is paused, else 0.")
  public static let kedaScaledObjectErrors = MetricFamily(
    "keda_scaled_object_errors_total", .counter, labels: objectLabels,
    "Decisions and reconciliations of a ScaledObject that failed.")
  public static let kedaEmptyUpstreamResponses = MetricFamily(
    "keda_scaler_empty_upstream_responses_total", .counter,
    labels: ["namespace", "scaledResource", "triggerName", "metricName", "resourceType", "ignoreNullValues"],
    "Answers of a Prometheus-like source that had nothing in them.")
  public static let kedaTriggerRegistered = MetricFamily(
    "keda_trigger_registered_total", .gauge, labels: ["type"], "How many triggers of a type there are.")
  public static let kedaResourceRegistered = MetricFamily(
    "keda_resource_registered_total", .gauge, labels: ["type", "namespace"],
    "How many resources there are: scaled_object, trigger_authentication, cluster_trigger_authentication.")
  public static let kedaScaleLoopLatency = MetricFamily(
    "keda_internal_scale_loop_latency_seconds", .gauge, labels: ["namespace", "type", "resource"],
    "How long after its time the last poll of a ScaledObject began, in seconds.")
  public static let kedaHTTPRequests = MetricFamily(
    "keda_scaler_http_requests_total", .counter,
    labels: ["namespace", "scaled_resource", "scaler", "trigger_name", "metric_name", "status_code"],
    "Readings of HTTP sources, by the status of the answer, or \"error\" where none came. Equal questions are asked once."
  )
  public static let kedaHTTPRequestDuration = MetricFamily(
    "keda_scaler_http_request_duration_seconds", .histogram, labels: ["scaler", "status_code"],
    "How long HTTP sources took to answer, in seconds.")
  public static let kedaWebhookValidations = MetricFamily(
    "keda_webhook_scaled_object_validations_total", .counter, labels: ["namespace", "action"],
    "ScaledObjects and ScaledJobs that the admission webhook looked at; action is create or update.")
  public static let kedaWebhookValidationErrors = MetricFamily(
    "keda_webhook_scaled_object_validation_errors_total", .counter, labels: ["namespace", "action", "reason"],
    "ScaledObjects and ScaledJobs that the admission webhook refused, once for each rule that was broken.")

  static let keda: [MetricFamily] = [
    kedaBuildInfo, kedaScalerMetricsValue, kedaScalerMetricsLatency, kedaScalerActive, kedaScalerDetailErrors,
    kedaScaledObjectPaused, kedaScaledObjectErrors, kedaEmptyUpstreamResponses, kedaTriggerRegistered,
    kedaResourceRegistered, kedaScaleLoopLatency, kedaHTTPRequests, kedaHTTPRequestDuration, kedaWebhookValidations,
    kedaWebhookValidationErrors,
  ]

  public static let olderScalerErrors = MetricFamily(
    "keda_scaler_errors_total", .counter, labels: triggerLabels,
    "The older name of keda_scaler_detail_errors_total.")
  public static let olderScaledObjectErrors = MetricFamily(
    "keda_scaled_object_errors", .counter, labels: objectLabels, "The older name of keda_scaled_object_errors_total.")
  public static let olderMetricValue = MetricFamily(
    "keda_metrics_adapter_scaler_metric_value", .gauge,
    labels: ["namespace", "metric", "scaledObject", "scaler", "scalerIndex"],
    "The older name of keda_scaler_metrics_value.")
  public static let olderMetricValueTimestamp = MetricFamily(
    "keda_metrics_adapter_scaler_metric_value_timestamp", .gauge,
    labels: ["namespace", "metric", "scaledObject", "scaler", "scalerIndex"],
    "When the value that is served was read, in seconds since 1970.")
  public static let olderScaleLoopLatency = MetricFamily(
    "keda_internal_scale_loop_latency", .gauge, labels: ["namespace", "type", "resource"],
    "The older form of keda_internal_scale_loop_latency_seconds, in milliseconds.")

  static let olderKEDA: [MetricFamily] = [
    olderScalerErrors, olderScaledObjectErrors, olderMetricValue, olderMetricValueTimestamp, olderScaleLoopLatency,
  ]
}
