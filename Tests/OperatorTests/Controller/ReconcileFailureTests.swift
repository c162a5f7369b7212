import KubernetesAPI
import Testing

@testable import Operator

@Suite struct ReconcileFailureTests {
  @Test(arguments: [
    ("spec.idleReplicaCount", "ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification: "),
    ("spec.scaleTargetRef.name", "ScaledObject doesn't have correct scaleTargetRef specification: "),
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
