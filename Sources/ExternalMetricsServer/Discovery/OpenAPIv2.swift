internal import HTTPServing
internal import KubernetesAPI

/// `/openapi/v2`. Encoded once.
enum OpenAPIv2 {
  static let response = HTTPResponse.encode(document)

  private static var document: JSONValue {
    [
      "swagger": "2.0",
      "info": ["title": "swell", "version": "v1beta1"],
      "paths": [
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/{metricName}": [
          "get": [
            "description": "values of an external metric",
            "operationId": "listExternalMetricsV1beta1NamespacedExternalMetricValueList",
            "produces": ["application/json"],
            "schemes": ["https"],
            "tags": ["externalMetrics_v1beta1"],
            "responses": [
              "200": [
                "description": "OK", "schema": ["$ref": .string("#/definitions/" + OpenAPISchemas.listName)],
              ]
            ],
            "x-kubernetes-action": "list",
            "x-kubernetes-group-version-kind": [
              "group": "external.metrics.k8s.io", "version": "v1beta1", "kind": "ExternalMetricValueList",
            ],
          ],
          "parameters": [
            ["name": "namespace", "in": "path", "type": "string", "required": true, "uniqueItems": true],
            ["name": "metricName", "in": "path", "type": "string", "required": true, "uniqueItems": true],
            ["name": "labelSelector", "in": "query", "type": "string", "uniqueItems": true],
          ],
        ]
      ],
      "definitions": OpenAPISchemas.all(prefix: "#/definitions/"),
    ]
  }
}
