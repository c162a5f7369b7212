internal import Engine
internal import Foundation
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable import Operator

/// What the API fails to do for so long that it is told in the object itself.
@Suite(.serialized) struct LastingFaultsTests {
  /// From the first failure on; while the API answers nobody, time does not count.
  @Test func aMinuteOfAnAPIThatAnswers() async throws {
    let isDown = Mutex(false)
    let server = try ScriptedHTTPServer { _ in
      isDown.withLock { $0 } ? .answer(status: 503) : .answer(status: 200, body: "{}")
    }
    let time = ManualTime()
    let client = try KubernetesClient(
      ClusterAccess(server: "http://127.0.0.1:\(server.port)"), time: SystemTime(), userAgent: "t")
    let faults = LastingFaults(client: client, time: time)
    let text = """
      {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "orders", "namespace": "shop"},
      "spec": {"scaleTargetRef": {"name": "orders"}, "triggers": []}}
      """
    let object = try JSONDecoder().decode(ScaledObject.self, from: Data(text.utf8))
    #expect(await !faults.isLasting(object))
    time.advance(by: .seconds(59))
    #expect(await !faults.isLasting(object))
    #expect(server.requests.isEmpty, "there was no reason to ask")
    time.advance(by: .seconds(1))
    #expect(await !faults.isLasting(object), "the API may have come back in this moment")
    #expect(server.requests.map(\.target) == ["/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects/orders"])
    #expect(await faults.isLasting(object))

    isDown.withLock { $0 = true }
    #expect(await !faults.isLasting(object))
    isDown.withLock { $0 = false }
    time.advance(by: .seconds(59))
    #expect(await !faults.isLasting(object), "the API has been there for less than a minute")
    time.advance(by: .seconds(1))
    #expect(await !faults.isLasting(object))
    #expect(await faults.isLasting(object))

    faults.ended(object.objectKey)
    #expect(await !faults.isLasting(object))
    await client.shutdown()
    server.stop()
  }

  @Test func theObjectConcernedTellsAndNoOther() async throws {
    let rig = try await OperatorRig.start()
    for namespace in ["well", "unwell"] { try rig.makeNamespace(namespace) }
    rig.server.faults.add(
      Fault(.status(500)) {
        $0.namespace == "unwell" && $0.verb == "create" && $0.resource.hasPrefix("horizontalpodautoscalers")
      })
    for namespace in ["well", "unwell"] { try await rig.add("orders", in: namespace) }
    try await eventually("the healthy one is ready", within: .seconds(60)) {
      try rig.ready("orders", in: "well")?.hasPrefix("True") ?? false
    }
    try await eventually("the log tells", within: .seconds(60)) {
      rig.logs.all.contains {
        $0.contains("cannot reconcile a ScaledObject; trying again") && $0.contains("unwell/orders")
      }
    }
    #expect(try rig.ready("orders", in: "unwell")?.contains("CheckFailed") != true)
    rig.time.jump(seconds: 61)
    let message =
      "False ScaledObjectCheckFailed failed to ensure HPA is correctly created for ScaledObject: "
    try await eventually("the object tells", within: .seconds(60)) {
      let ready = try rig.ready("orders", in: "unwell") ?? ""
      return ready.hasPrefix(message) && ready.hasSuffix(": Swell tries again by itself")
    }
    try await eventually("an event tells", within: .seconds(60)) {
      try rig.eventReasons(in: "unwell", of: "orders").contains("ScaledObjectCheckFailed")
    }
    rig.server.faults.removeAll()
    try await eventually("it is ready", within: .seconds(60)) {
      try rig.ready("orders", in: "unwell")?.hasPrefix("True") ?? false
    }
    try await eventually("the log tells of the end", within: .seconds(60)) {
      rig.logs.all.contains {
        $0.contains("a ScaledObject is reconciled again") && $0.contains("unwell/orders")
      }
    }
    #expect(try !rig.eventReasons(in: "well", of: "orders").contains("ScaledObjectCheckFailed"))
    await rig.stop()
  }

  /// What the log had no room for comes when its turn does.
  @Test func ofManyRefusedObjectsEachIsToldInTheEnd() async throws {
    let rig = try await OperatorRig.start()
    try rig.makeNamespace("unwell")
    rig.server.faults.add(
      Fault(.status(403)) { $0.verb == "create" && $0.resource.hasPrefix("horizontalpodautoscalers") })
    let names = (0..<7).map { "orders-\($0)" }
    for name in names { try await rig.add(name, in: "unwell") }
    let told = {
      names.filter { name in
        rig.logs.all.contains { $0.contains("a ScaledObject cannot be scaled") && $0.contains("unwell/\(name)") }
      }.count
    }
    try await eventually("all are refused", within: .seconds(60)) {
      try names.allSatisfy { try rig.ready($0, in: "unwell")?.contains("CheckFailed") == true }
    }
    #expect(told() == 5)
    for more in 6...7 {
      rig.time.jump(seconds: 61)
      try await eventually("one more is told", within: .seconds(60)) { told() == more }
    }
    await rig.stop()
  }

  /// Nothing else shows in an object that its status is out of date.
  @Test func aStatusThatCannotBeWrittenIsToldByAnEvent() async throws {
    let rig = try await OperatorRig.start()
    try rig.makeNamespace("unwell")
    rig.server.faults.add(Fault(.status(500)) { $0.verb == "patch" && $0.resource == "scaledobjects.keda.sh/status" })
    try await rig.add("orders", in: "unwell")
    try await eventually("the log tells", within: .seconds(60)) {
      rig.logs.all.contains {
        $0.contains("cannot write the status of a ScaledObject; trying again") && $0.contains("unwell/orders")
      }
    }
    #expect(try !rig.eventReasons(in: "unwell", of: "orders").contains("ScaledObjectUpdateFailed"))
    rig.time.jump(seconds: 61)
    try await eventually("an event tells", within: .seconds(60)) {
      try rig.eventReasons(in: "unwell", of: "orders").contains("ScaledObjectUpdateFailed")
    }
    await rig.stop()
  }
}
