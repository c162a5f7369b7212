internal import KubernetesAPI

/// The types of this API as OpenAPI schemas, under the names that Kubernetes' own documents use, so that an aggregator
/// merges them. The two versions of OpenAPI differ in where references point.
enum OpenAPISchemas {
  static let listName = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1.ExternalMetricValueList"
  static let valueName = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1.ExternalMetricValue"
  static let quantityName = "io.k8s.apimachinery.pkg.api.resource.Quantity"
  static let timeName = "io.k8s.apimachinery.pkg.apis.meta.v1.Time"
  static let listMetaName = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta"

  /// - Parameter prefix: `#/definitions/` in version 2, `#/components/schemas/` in version 3.
  static func all(prefix: String) -> JSONValue {
    func reference(_ name: String) -> JSONValue { ["$ref": .string(prefix + name)] }
    return .object([
      listName: [
        "description": "ExternalMetricValueList is a list of values for a given metric for some set labels",
        "type": "object",
        "required": ["items"],
        "properties": [
          "apiVersion": ["type": "string"],
          "kind": ["type": "string"],
          "metadata": reference(listMetaName),
          "items": ["type": "array", "items": reference(valueName)],
        ],
        "x-kubernetes-group-version-kind": [
          ["group": "external.metrics.k8s.io", "version": "v1beta1", "kind": "ExternalMetricValueList"]
        ],
      ],
      valueName: [
        "description": "ExternalMetricValue is a metric value for external metric",
        "type": "object",
        "required": ["metricName", "metricLabels", "timestamp", "value"],
        "properties": [
          "metricName": ["type": "string", "description": "the name of the metric"],
          "metricLabels": [
            "type": "object", "additionalProperties": ["type": "string"],
            "description": "labels that tell whose value it is",
          ],
          "timestamp": reference(timeName),
          "window": ["type": "integer", "format": "int64", "description": "seconds that the value covers"],
          "value": reference(quantityName),
        ],
      ],
      quantityName: [
        "type": "string", "description": "a decimal number with a suffix: 500, 1500m, 2k",
      ],
      timeName: ["type": "string", "format": "date-time"],
      listMetaName: [
        "type": "object",
        "properties": [
          "resourceVersion": ["type": "string"], "continue": ["type": "string"], "selfLink": ["type": "string"],
          "remainingItemCount": ["type": "integer", "format": "int64"],
        ],
      ],
    ])
  }
}
