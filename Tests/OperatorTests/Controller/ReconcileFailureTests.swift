import KubernetesAPI
import KubernetesClient
import Testing

@testable import Operator

@Suite struct ReconcileFailureTests {
  @Test(arguments: [
    ("spec.idleReplicaCount", "ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification: "),
    ("spec.scaleTargetRef.name", "ScaledObject doesn't have correct scaleTargetRef specification: "),
    (
      "spec.scaleTargetRef.envSourceContainerName", "failed to ensure HPA is correctly created for ScaledObject: "
    ),
    ("spec.scaleTargetRef", "failed to ensure HPA is correctly created for ScaledObject: "),
    ("spec.triggers[1].name", "ScaledObject doesn't have correct triggers specification: "),
    ("spec.triggers[0].metadata.threshold", "failed to ensure HPA is correctly created for ScaledObject: "),
    ("spec.triggers[0].authenticationRef.name", "failed to ensure HPA is correctly created for ScaledObject: "),
  ])
  func theMessageBeginsAsKEDAs(_ field: String, _ start: String) {
    let failure = ReconcileFailure([FieldError(field: field, message: "write 1")])
    #expect(failure.message.hasPrefix(start))
    #expect(failure.message.contains(field) && failure.message.contains("write 1"))
  }
}

@Suite struct SpecificationFailureTests {
  /// KEDA's words first, then what to do.
  @Test func rulesOfKEDAAreToldInItsWords() {
    var object = ScaledObject(
      metadata: ObjectMeta(name: "orders"),
      spec: ScaledObjectSpec(
        scaleTargetRef: ScaleTarget(name: "orders"), triggers: [ScaleTriggerSpec(type: "cron", metadata: [:])]))
    object.spec.minReplicaCount = 2
    object.spec.idleReplicaCount = 3
    let failure = ReconcileFailure(object.controllerErrors(), of: object)
    #expect(
      failure.message == "ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification: "
        + "IdleReplicaCount=3 must be less than MinReplicaCount=2 "
        + "(spec.idleReplicaCount: 3 is not less than minReplicaCount 2: write at most 1, or leave it out)")
  }
}

@Suite struct RefusalTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var code: KubernetesError.Code
    var message: String
    /// What to do; nil where it goes away by itself.
    var advice: String?

    var testDescription: String { message }
  }

  static let rows = [
    Row(
      code: .forbidden,
      message:
        "create horizontalpodautoscalers.autoscaling in shop: 403 Forbidden: horizontalpodautoscalers.autoscaling "
        + "is forbidden: User \"system:serviceaccount:swell-system:swell\" cannot create resource "
        + "\"horizontalpodautoscalers\" in API group \"autoscaling\" in the namespace \"shop\"",
      advice: "give Swell's ServiceAccount this right"),
    Row(
      code: .forbidden, message: "admission webhook \"a.b\" denied the request: no", advice: "change the policy"),
    Row(code: .invalid, message: "admission webhook \"a.b\" denied the request: no", advice: "change the policy"),
    Row(code: .forbidden, message: "exceeded quota: one", advice: "change the policy"),
    Row(
      code: .serverError, message: "Internal error occurred: failed calling webhook \"a\"", advice: "change the policy"),
    Row(
      code: .invalid, message: "HorizontalPodAutoscaler is invalid: spec.maxReplicas: Invalid value: 0",
      advice: "change the ScaledObject"),
    Row(code: .forbidden, message: "unable to create new content in namespace shop because it is being terminated"),
    Row(code: .serverError, message: "etcdserver: leader changed"), Row(code: .conflict, message: "Conflict"),
    Row(code: .unreachable, message: "no answer"), Row(code: .tooManyRequests, message: "later"),
    Row(code: .unauthorized, message: "Unauthorized"),
  ]

  @Test(arguments: rows) func aRefusalSaysWhatToDo(_ row: Row) throws {
    let failure = ReconcileFailure(.hpa, refused: KubernetesError(row.code, message: row.message))
    guard let advice = row.advice else {
      #expect(failure == nil)
      return
    }
    let message = try #require(failure).message
    #expect(message.hasPrefix("failed to ensure HPA is correctly created for ScaledObject: \(row.message)"))
    #expect(message.contains(advice) && message.hasSuffix("Swell tries again by itself"), "\(message)")
    #expect(failure?.mayHeal == true && failure?.isRefusal == true)
  }
}

@Suite struct ObjectIndexTests {
  private func object(_ name: String, target: String, authentication: String?) -> ScaledObject {
    var trigger = ScaleTriggerSpec(type: "prometheus", metadata: [:])
    trigger.authenticationRef = authentication.map { AuthenticationRef(name: $0) }
    return ScaledObject(
      metadata: ObjectMeta(name: name, namespace: "shop"),
      spec: ScaledObjectSpec(scaleTargetRef: ScaleTarget(name: target), triggers: [trigger]))
  }

  @Test func usersAreFoundAndForgotten() {
    let index = ObjectIndex()
    let (a, b) = (object("a", target: "x", authentication: "login"), object("b", target: "x", authentication: nil))
    for object in [a, b] { index.update(object.objectKey, object) }
    #expect(index.users(of: .target(a.target)) == [a.objectKey, b.objectKey])
    #expect(index.users(of: .authentication(namespace: "shop", name: "login")) == [a.objectKey])
    index.update(a.objectKey, object("a", target: "y", authentication: nil))
    #expect(index.users(of: .target(b.target)) == [b.objectKey])
    #expect(index.users(of: .authentication(namespace: "shop", name: "login")).isEmpty)
    index.update(b.objectKey, nil)
    #expect(index.users(of: .target(b.target)).isEmpty)
  }
}
