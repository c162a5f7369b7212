extension TriggerTypes {
  /// Types that KEDA 2.20 knows and Swell does not, so that a manifest made for KEDA gets a message of its own.
  static let otherKEDATypes: Set<String> = [
    "activemq", "apache-kafka", "arangodb", "artemis-queue", "aws-cloudwatch", "aws-dynamodb",
    "aws-dynamodb-streams", "aws-kinesis-stream", "aws-sqs-queue", "azure-app-insights", "azure-blob",
    "azure-data-explorer", "azure-eventhub", "azure-log-analytics", "azure-monitor", "azure-pipelines",
    "azure-queue", "azure-servicebus", "beanstalkd", "cassandra", "couchdb", "cron", "datadog", "dynatrace",
    "elastic-forecast", "elasticsearch", "etcd", "external", "external-mock", "external-push", "forgejo-runner",
    "gcp-cloudtasks", "gcp-pubsub", "gcp-stackdriver", "gcp-storage", "github-runner", "graphite",
    "huawei-cloudeye", "ibmmq", "influxdb", "kubernetes-resource", "kubernetes-workload", "liiklus", "loki",
    "metrics-api", "mongodb", "mssql", "mysql", "nats-jetstream", "new-relic", "nsq", "opensearch",
    "openstack-metric", "openstack-swift", "postgresql", "predictkube", "pulsar", "rabbitmq", "redis",
    "redis-cluster", "redis-sentinel", "selenium-grid", "solace-direct-messaging", "solace-event-queue",
    "solarwinds", "solr", "splunk", "splunk-observability", "sumologic", "temporal",
  ]

  /// Whether KEDA 2.20 has this type and this version of Swell does not.
  public static func isKnownToKEDAOnly(_ type: String) -> Bool { otherKEDATypes.contains(type) }
}
