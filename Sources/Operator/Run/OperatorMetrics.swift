internal import Admission
internal import KubernetesClient
internal import Telemetry

/// What `/metrics` tells besides the engine's own: the cluster's side.
struct OperatorMetrics {
  let client: KubernetesClient
  let admission: AdmissionStatistics
  let cluster: ClusterOperator

  func write(to writer: inout ExpositionWriter) {
    writer.write(.leader, cluster.leadership.isLeader ? 1 : 0)
    let statistics = client.statistics
    writer.write(.kubernetesRequests) { series in
      for (kind, count) in statistics.requests.sorted(by: {
        ($0.key.verb, $0.key.status) < ($1.key.verb, $1.key.status)
      }) {
        series.add([kind.verb, kind.status == 0 ? "error" : String(kind.status)], Double(count))
      }
    }
    writer.write(.kubernetesWatches, Double(statistics.watchesOpen))
    writer.write(.kedaWebhookValidations) { series in
      for count in admission.validations { series.add(count.labels, Double(count.value)) }
    }
    writer.write(.kedaWebhookValidationErrors) { series in
      for count in admission.errors { series.add(count.labels, Double(count.value)) }
    }
  }
}
