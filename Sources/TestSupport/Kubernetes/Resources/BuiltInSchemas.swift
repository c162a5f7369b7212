internal import KubernetesAPI

/// The fields of built-in types that Swell writes: unknown ones are dropped, as decoding into Go structs does. What is
/// not spelled out is kept as it comes.
enum BuiltInSchemas {
  private static func compile(_ yaml: String) throws(APIError) -> StructuralSchema {
    do {
      guard let json = try YAMLText.documents(yaml).first else { throw APIError.badRequest("empty schema") }
      return try StructuralSchema(json)
    } catch let error as APIError {
      throw error
    } catch {
      throw .badRequest("built-in schema: \(error)")
    }
  }

  private static let i32 = "{type: integer, format: int32, nullable: true}"
  private static let i64 = "{type: integer, nullable: true}"
  private static let text = "{type: string, nullable: true}"
  private static let micro = "{type: string, nullable: true, format: micro-time}"
  private static let quantity = "{x-kubernetes-int-or-string: true, nullable: true}"
  private static let flag = "{type: boolean, nullable: true}"

  private static func object(_ fields: String) -> String { "{type: object, nullable: true, properties: {\(fields)}}" }
  private static func list(_ item: String) -> String { "{type: array, nullable: true, items: \(item)}" }
  private static let openObject = "{type: object, nullable: true, x-kubernetes-preserve-unknown-fields: true}"
  private static let selector = object(
    "matchLabels: {type: object, nullable: true, additionalProperties: {type: string}}, matchExpressions: "
      + list(object("key: \(text), operator: \(text), values: \(list("{type: string}"))")))
  private static let reference = object("apiVersion: \(text), kind: \(text), name: \(text)")

  static func horizontalPodAutoscaler() throws(APIError) -> StructuralSchema {
    let target = object(
      "type: \(text), value: \(quantity), averageValue: \(quantity), averageUtilization: \(i32)")
    let metric = object("name: \(text), selector: \(selector)")
    let metricSpec = object(
      "type: \(text), external: \(object("metric: \(metric), target: \(target)")), "
        + "resource: \(object("name: \(text), target: \(target)")), "
        + "containerResource: \(object("name: \(text), container: \(text), target: \(target)")), "
        + "pods: \(object("metric: \(metric), target: \(target)")), "
        + "object: \(object("describedObject: \(reference), metric: \(metric), target: \(target)"))")
    let rules = object(
      "stabilizationWindowSeconds: \(i32), selectPolicy: \(text), tolerance: \(quantity), policies: "
        + list(object("type: \(text), value: \(i32), periodSeconds: \(i32)")))
    let spec = object(
      "scaleTargetRef: \(reference), minReplicas: \(i32), maxReplicas: \(i32), metrics: \(list(metricSpec)), "
        + "behavior: \(object("scaleUp: \(rules), scaleDown: \(rules)"))")
    let condition = object(
      "type: \(text), status: \(text), reason: \(text), message: \(text), lastTransitionTime: \(text)")
    let status = object(
      "currentReplicas: \(i32), desiredReplicas: \(i32), observedGeneration: \(i64), lastScaleTime: \(text), "
        + "currentMetrics: \(list(openObject)), conditions: \(list(condition))")
    return try compile(object("spec: \(spec), status: \(status)"))
  }

  static func workload() throws(APIError) -> StructuralSchema {
    let spec = object(
      "replicas: \(i32), selector: \(selector), template: \(openObject), strategy: \(openObject), "
        + "updateStrategy: \(openObject), minReadySeconds: \(i32), revisionHistoryLimit: \(i32), paused: \(flag), "
        + "progressDeadlineSeconds: \(i32), serviceName: \(text), podManagementPolicy: \(text), "
        + "volumeClaimTemplates: \(list(openObject)), persistentVolumeClaimRetentionPolicy: \(openObject), "
        + "ordinals: \(openObject)")
    let status = object(
      "replicas: \(i32), readyReplicas: \(i32), availableReplicas: \(i32), unavailableReplicas: \(i32), "
        + "updatedReplicas: \(i32), currentReplicas: \(i32), fullyLabeledReplicas: \(i32), collisionCount: \(i32), "
        + "terminatingReplicas: \(i32), observedGeneration: \(i64), currentRevision: \(text), updateRevision: \(text), "
        + "conditions: \(list(openObject))")
    return try compile(object("spec: \(spec), status: \(status)"))
  }

  static func lease() throws(APIError) -> StructuralSchema {
    let spec = object(
      "holderIdentity: \(text), leaseDurationSeconds: \(i32), acquireTime: \(micro), renewTime: \(micro), "
        + "leaseTransitions: \(i32), strategy: \(text), preferredHolder: \(text)")
    return try compile(object("spec: \(spec)"))
  }

  static func event() throws(APIError) -> StructuralSchema {
    let about = object(
      "apiVersion: \(text), kind: \(text), name: \(text), namespace: \(text), uid: \(text), resourceVersion: \(text), "
        + "fieldPath: \(text)")
    return try compile(
      object(
        "eventTime: \(micro), series: \(object("count: \(i32), lastObservedTime: \(micro)")), "
          + "reportingController: \(text), reportingInstance: \(text), action: \(text), reason: \(text), "
          + "regarding: \(about), related: \(about), note: \(text), type: \(text), deprecatedCount: \(i32), "
          + "deprecatedSource: \(openObject), deprecatedFirstTimestamp: \(text), deprecatedLastTimestamp: \(text)"))
  }

  static func apiService() throws(APIError) -> StructuralSchema {
    let spec = object(
      "service: \(object("namespace: \(text), name: \(text), port: \(i32)")), group: \(text), version: \(text), "
        + "insecureSkipTLSVerify: \(flag), caBundle: \(text), groupPriorityMinimum: \(i32), versionPriority: \(i32)")
    return try compile(object("spec: \(spec), status: \(openObject)"))
  }

  static func validatingWebhooks() throws(APIError) -> StructuralSchema {
    let client = object(
      "url: \(text), caBundle: \(text), service: "
        + object("namespace: \(text), name: \(text), path: \(text), port: \(i32)"))
    let strings = list("{type: string}")
    let rule = object(
      "operations: \(strings), apiGroups: \(strings), apiVersions: \(strings), resources: \(strings), scope: \(text)")
    let webhook = object(
      "name: \(text), clientConfig: \(client), rules: \(list(rule)), failurePolicy: \(text), matchPolicy: \(text), "
        + "namespaceSelector: \(selector), objectSelector: \(selector), sideEffects: \(text), timeoutSeconds: \(i32), "
        + "admissionReviewVersions: \(strings), matchConditions: \(list(openObject))")
    return try compile(object("webhooks: \(list(webhook))"))
  }
}
