/// Swell's own metrics.
extension MetricFamily {
  static let readingLabels = ["namespace", "scaledObject", "metric", "triggerIndex"]

  public static let buildInfo = MetricFamily(
    "swell_build_info", .gauge, labels: ["version", "commit", "swift", "os", "arch"], "Always 1; what this build is.")
  public static let objectCount = MetricFamily(
    "swell_objects", .gauge, labels: ["state"],
    "How many ScaledObjects there are, by state: active, inactive, paused, invalid.")
  public static let objectReady = MetricFamily(
    "swell_object_ready", .gauge, labels: objectLabels, "1 while a ScaledObject's Ready condition is True, else 0.")
  public static let currentReplicas = MetricFamily(
    "swell_current_replicas", .gauge, labels: objectLabels, "The replicas that the scale target has.")
  public static let desiredReplicas = MetricFamily(
    "swell_desired_replicas", .gauge, labels: objectLabels,
    "The replicas that the metrics ask for, within min and max: the maximum over the triggers.")
  public static let minReplicas = MetricFamily(
    "swell_min_replicas", .gauge, labels: objectLabels, "minReplicaCount of a ScaledObject.")
  public static let maxReplicas = MetricFamily(
    "swell_max_replicas", .gauge, labels: objectLabels, "maxReplicaCount of a ScaledObject.")
  public static let fallbackActive = MetricFamily(
    "swell_fallback_active", .gauge, labels: objectLabels,
    "1 while fallback replicas are in force, since a trigger failed too often, else 0.")
  public static let pollingInterval = MetricFamily(
    "swell_polling_interval_seconds", .gauge, labels: objectLabels, "How often a ScaledObject is polled, in seconds.")
  public static let readingAge = MetricFamily(
    "swell_reading_age_seconds", .gauge, labels: readingLabels,
    "How old the last valid reading of a trigger is, in seconds.")
  public static let readingKnown = MetricFamily(
    "swell_reading_known", .gauge, labels: readingLabels,
    "1 while the last reading of a trigger is a value, 0 while it is unknown.")
  public static let decisions = MetricFamily(
    "swell_decisions_total", .counter, labels: ["reason"], "Decisions, by their first reason.")
  public static let scaleWrites = MetricFamily(
    "swell_scale_writes_total", .counter, "How often the replicas of a scale target were written.")

  static let objects: [MetricFamily] = [
    buildInfo, objectCount, objectReady, currentReplicas, desiredReplicas, minReplicas, maxReplicas, fallbackActive,
    pollingInterval, readingAge, readingKnown, decisions, scaleWrites,
  ]

  public static let sourceConnections = MetricFamily(
    "swell_source_connections", .gauge, labels: ["source"], "Open connections to a source.")
  public static let sourceErrors = MetricFamily(
    "swell_source_errors_total", .counter, labels: ["source", "code"],
    "Questions to a source that got no usable answer, by cause (connectionRefused, timedOut, tlsFailed, …).")
  public static let questionsPerRoundTrip = MetricFamily(
    "swell_questions_per_round_trip", .histogram, labels: ["source"],
    "How many questions travelled together to a source.")
  public static let sourceRoundTrip = MetricFamily(
    "swell_source_round_trip_seconds", .gauge, labels: ["source"],
    "How long the last round trip to a source took, in seconds.")

  static let sources: [MetricFamily] = [sourceConnections, sourceErrors, questionsPerRoundTrip, sourceRoundTrip]

  public static let apiRequestDuration = MetricFamily(
    "swell_api_request_duration_seconds", .histogram, labels: ["resource", "code"],
    "How long requests to external.metrics.k8s.io took, in seconds, by resource (metric, discovery, openapi, other) "
      + "and HTTP status.")

  static let api: [MetricFamily] = [apiRequestDuration]

  public static let leader = MetricFamily(
    "swell_leader", .gauge, "1 on the replica that decides and writes, 0 on the others, which only answer.")
  public static let kubernetesRequests = MetricFamily(
    "swell_kubernetes_requests_total", .counter, labels: ["verb", "code"],
    "Requests to the Kubernetes API, by verb and HTTP status, or \"error\" where no answer came.")
  public static let kubernetesWatches = MetricFamily(
    "swell_kubernetes_watches", .gauge, "Open watches of the Kubernetes API.")

  static let cluster: [MetricFamily] = [leader, kubernetesRequests, kubernetesWatches]

  public static let processCPU = MetricFamily(
    "process_cpu_seconds_total", .counter, "User and system CPU time spent, in seconds.")
  public static let processMemory = MetricFamily(
    "process_resident_memory_bytes", .gauge, "Resident memory, in bytes.")
  public static let processVirtualMemory = MetricFamily(
    "process_virtual_memory_bytes", .gauge, "Virtual memory, in bytes.")
  public static let processOpenFiles = MetricFamily("process_open_fds", .gauge, "Open file descriptors.")
  public static let processMaxFiles = MetricFamily("process_max_fds", .gauge, "The limit of open file descriptors.")
  public static let processStartTime = MetricFamily(
    "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.")

  static let process: [MetricFamily] = [
    processCPU, processMemory, processVirtualMemory, processOpenFiles, processMaxFiles, processStartTime,
  ]
}
