internal import HTTPServing
internal import KubernetesAPI

/// `/openapi/v3` and the document of the one group version. Encoded once.
enum OpenAPIv3 {
  /// `/openapi/v3/apis/external.metrics.k8s.io/v1beta1`.
  static let groupVersion = HTTPResponse.encode(document)

  /// `/openapi/v3`: where the documents are. The hash changes with the document, so that clients may cache it.
  static let index = HTTPResponse.encode(
    JSONValue.object([
      "paths": [
        "apis/external.metrics.k8s.io/v1beta1": [
          "serverRelativeURL": .string(
            "/openapi/v3/apis/external.metrics.k8s.io/v1beta1?hash=" + hash(groupVersion.body))
        ]
      ]
    ]))

  private static var document: JSONValue {
    [
      "openapi": "3.0.0",
      "info": ["title": "swell", "version": "v1beta1"],
      "paths": [
        "/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/{metricName}": [
          "get": [
            "description": "values of an external metric",
            "operationId": "listExternalMetricsV1beta1NamespacedExternalMetricValueList",
            "tags": ["externalMetrics_v1beta1"],
            "responses": [
              "200": [
                "description": "OK",
                "content": [
                  "application/json": [
                    "schema": ["$ref": .string("#/components/schemas/" + OpenAPISchemas.listName)]
                  ]
                ],
              ]
            ],
            "x-kubernetes-action": "list",
            "x-kubernetes-group-version-kind": [
              "group": "external.metrics.k8s.io", "version": "v1beta1", "kind": "ExternalMetricValueList",
            ],
          ],
          "parameters": [
            parameter("namespace", in: "path"), parameter("metricName", in: "path"),
            parameter("labelSelector", in: "query"),
          ],
        ]
      ],
      "components": ["schemas": OpenAPISchemas.all(prefix: "#/components/schemas/")],
    ]
  }

  private static func parameter(_ name: String, in place: String) -> JSONValue {
    [
      "name": .string(name), "in": .string(place), "required": .bool(place == "path"),
      "schema": ["type": "string", "uniqueItems": true],
    ]
  }

  /// FNV-1a, 64 bits, in hexadecimal.
  private static func hash(_ bytes: [UInt8]) -> String {
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16, uppercase: true)
  }
}
