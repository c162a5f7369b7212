internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 3: every way to pause, and back.
@Suite(.serialized) struct PauseScenarioTests {
  @Test func aPauseFreezesInBothDirections() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    let stream = rig.stream("work")
    try await stream.deliver(30)
    for name in ["frozen", "witness"] {
      try await rig.add(name, replicas: 0, triggers: [rig.trigger("work")])
    }
    try await rig.wait(swell, "frozen", has: 3)
    try await rig.wait(swell, "witness", has: 3)
    let uid = try #require(try rig.hpa(of: "frozen")?["metadata", "uid"]?.text)

    try await rig.annotate("frozen", ["paused": "true"])
    try await rig.wait(swell, "frozen", "Paused", is: "True ScaledObjectPaused")
    try await rig.waitForHPA(swell, of: "frozen", exists: false)
    try await rig.waitForEvent(swell, "ScaledObjectPaused", of: "frozen")
    #expect(try rig.message("Paused", of: "frozen") == "ScaledObject is paused")
    try await swell.waitUntil("nothing is told of an HPA that is gone") {
      try rig.condition("HPAActive", of: "frozen") == nil
    }
    #expect(try rig.status(of: "frozen")?.pausedReplicaCount == nil)
    try await stream.acknowledgeAll()
    try await rig.wait(swell, "witness", has: 0)
    #expect(try rig.replicas(of: "frozen") == 3)

    // "false" is as good as none.
    try await rig.annotate("frozen", ["paused": "false"])
    try await rig.wait(swell, "frozen", "Paused", is: "False ScaledObjectUnpaused")
    try await rig.waitForHPA(swell, of: "frozen", exists: true)
    #expect(try rig.hpa(of: "frozen")?["metadata", "uid"]?.text != uid)
    try await rig.wait(swell, "frozen", has: 0)
    try await rig.waitForEvent(swell, "ScaledObjectUnpaused", of: "frozen")
    // The loop has stopped and begins anew.
    try await swell.waitUntil("its beginning is told again") {
      let told = try rig.objects.list("events.events.k8s.io", in: rig.namespace).filter {
        $0["regarding", "name"]?.text == "frozen" && $0["note"]?.text == "Started scalers watch"
      }
      return told.count > 1 || told.first?["series", "count"] != nil
    }

    // Paused at rest, work comes and nothing happens; anything but "false" pauses.
    try await rig.annotate("frozen", ["paused": "yes please"])
    try await rig.wait(swell, "frozen", "Paused", is: "True ScaledObjectPaused")
    try await stream.deliver(20)
    try await rig.wait(swell, "witness", has: 2)
    #expect(try rig.replicas(of: "frozen") == 0)
    try await rig.annotate("frozen", ["paused": .null])
    try await rig.wait(swell, "frozen", has: 2)
    try await rig.waitUntilReady(swell, "frozen")
    await swell.stop()
    await rig.stop()
  }

  @Test func aPauseAtANumberSetsIt() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("work").deliver(30)
    for name in ["number", "first-paused", "first-number", "contrary"] {
      try await rig.add(name, replicas: 2, triggers: [rig.trigger("work")])
    }
    for name in ["number", "first-paused", "first-number", "contrary"] { try await rig.wait(swell, name, has: 3) }

    try await rig.annotate("number", ["paused-replicas": "7"])
    try await rig.wait(swell, "number", has: 7)
    try await rig.waitForHPA(swell, of: "number", exists: false)
    try await eventually("the status says at what") {
      try rig.status(of: "number")?.pausedReplicaCount == 7
        && rig.condition("Paused", of: "number") == "True ScaledObjectPaused"
    }
    try await rig.annotate("number", ["paused-replicas": "4"])
    try await rig.wait(swell, "number", has: 4)
    // From a number to a plain pause: the count stays, and there is still no HPA.
    try await rig.annotate("number", ["paused-replicas": .null, "paused": "true"])
    try await swell.waitUntil("the status names no number") {
      try rig.status(of: "number")?.pausedReplicaCount == nil
    }
    #expect(try rig.replicas(of: "number") == 4)
    #expect(try rig.hpa(of: "number") == nil)
    try await rig.annotate("number", ["paused-replicas": "0"])
    try await rig.wait(swell, "number", has: 0)

    // Both together go to the number, in whichever order they came, and whatever `paused` says.
    try await rig.annotate("first-paused", ["paused": "true"])
    try await rig.waitForHPA(swell, of: "first-paused", exists: false)
    try await rig.annotate("first-paused", ["paused-replicas": "5"])
    try await rig.wait(swell, "first-paused", has: 5)
    try await rig.annotate("first-number", ["paused-replicas": "5"])
    try await rig.wait(swell, "first-number", has: 5)
    try await rig.annotate("first-number", ["paused": "true"])
    try await rig.annotate("contrary", ["paused": "false", "paused-replicas": "6"])
    try await rig.wait(swell, "contrary", has: 6)
    #expect(try rig.hpa(of: "contrary") == nil)
    #expect(try rig.replicas(of: "first-number") == 5)
    #expect(try rig.hpa(of: "first-number") == nil)

    for name in ["number", "first-paused", "first-number", "contrary"] {
      try await rig.annotate(name, ["paused": .null, "paused-replicas": .null])
    }
    for name in ["number", "first-paused", "first-number", "contrary"] {
      try await rig.wait(swell, name, has: 3)
      try await rig.waitForHPA(swell, of: name, exists: true)
      try await rig.wait(swell, name, "Paused", is: "False ScaledObjectUnpaused")
      #expect(try rig.status(of: name)?.pausedReplicaCount == nil)
    }
    await swell.stop()
    await rig.stop()
  }

  @Test func aNumberThatIsNonePausesAndSaysSo() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.stream("work").deliver(30)
    try await rig.add(
      "unreadable", replicas: 2, triggers: [rig.trigger("work")],
      annotations: ["autoscaling.keda.sh/paused-replicas": "many"])
    try await rig.wait(swell, "unreadable", "Ready", is: "False ScaledObjectCheckFailed")
    try await rig.wait(swell, "unreadable", "Paused", is: "True ScaledObjectPaused")
    let message = try rig.message("Ready", of: "unreadable")
    #expect(message.contains("failed to parse paused replica count") && message.contains("many"), "\(message)")
    try await rig.wait(swell, "unreadable", "Active", is: "Unknown UnknownState")
    try await rig.waitForEvent(swell, "ScaledObjectCheckFailed", of: "unreadable")
    #expect(try rig.replicas(of: "unreadable") == 2)
    #expect(try rig.hpa(of: "unreadable") == nil)

    try await rig.annotate("unreadable", ["paused-replicas": "1"])
    try await rig.wait(swell, "unreadable", has: 1)
    try await rig.annotate("unreadable", ["paused-replicas": .null])
    try await rig.wait(swell, "unreadable", has: 3)
    try await rig.waitUntilReady(swell, "unreadable")
    await swell.stop()
    await rig.stop()
  }

  /// Whatever is paused, the object is right; only a loop that ran is told to have stopped.
  @Test func whatComesPausedIsReadyAndNothingStops() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    try await rig.makeStreams("work")
    for (name, annotation) in [("whole", "paused"), ("half", "paused-scale-in")] {
      try await rig.add(
        name, replicas: 1, triggers: [rig.trigger("work")], annotations: ["autoscaling.keda.sh/\(annotation)": "true"])
      try await rig.waitForEvent(swell, "ScaledObjectPaused", of: name)
      try await rig.waitForEvent(swell, "ScaledObjectReady", of: name)
    }
    #expect(try !rig.eventReasons(of: "whole").contains("KEDAScalersStopped"))
    // From one direction to all of it: the condition stays, and the loop stops.
    try await rig.annotate("half", ["paused-scale-in": .null, "paused": "true"])
    try await rig.waitForEvent(swell, "KEDAScalersStopped", of: "half")
    try await rig.wait(swell, "half", "Paused", is: "True ScaledObjectPaused")
    await swell.stop()
    await rig.stop()
  }

  @Test func aPauseOfOneDirectionKeepsTheOther() async throws {
    let rig = try await ClusterRig.start()
    let swell = try await rig.swell()
    let stream = rig.stream("work")
    try await stream.deliver(30)
    try await rig.add("in", replicas: 1, triggers: [rig.trigger("work")], annotations: ["team": "orders"])
    try await rig.add(
      "out", replicas: 0, triggers: [rig.trigger("work")], annotations: ["autoscaling.keda.sh/paused-scale-out": "true"]
    )
    try await rig.add("witness", replicas: 0, triggers: [rig.trigger("work")])
    try await rig.wait(swell, "in", has: 3)
    try await rig.wait(swell, "witness", has: 3)
    #expect(try rig.replicas(of: "out") == 0)
    try await rig.wait(swell, "out", "Paused", is: "True ScaledObjectPaused")
    #expect(try rig.hpa(of: "out")?["spec", "behavior", "scaleUp", "selectPolicy"] == "Disabled")

    try await rig.annotate("in", ["paused-scale-in": "true"])
    try await swell.waitUntil("its HPA does not scale in") {
      try rig.hpa(of: "in")?["spec", "behavior", "scaleDown", "selectPolicy"] == "Disabled"
    }
    try await rig.wait(swell, "in", "Paused", is: "True ScaledObjectPaused")
    try await swell.waitUntil("the metric says so, too") {
      try await CurlReply.get("\(swell.telemetry)/metrics").body.contains(
        "keda_scaled_object_paused{namespace=\"\(rig.namespace)\",scaledObject=\"in\"} 1\n")
    }
    try await stream.acknowledgeAll()
    try await rig.wait(swell, "witness", has: 0)
    #expect(try rig.replicas(of: "in") == 3)

    // Scaling in goes on, and the other annotations are still there.
    try await rig.annotate("in", ["paused-scale-in": .null])
    try await rig.wait(swell, "in", has: 0)
    try await rig.wait(swell, "in", "Paused", is: "False ScaledObjectUnpaused")
    #expect(try rig.hpa(of: "in")?["metadata", "annotations"] == ["team": "orders"])
    #expect(try rig.hpa(of: "in")?["spec", "behavior", "scaleDown", "selectPolicy"] != "Disabled")

    try await stream.deliver(20)
    try await rig.wait(swell, "in", has: 2)
    #expect(try rig.replicas(of: "out") == 0)
    try await rig.annotate("out", ["paused-scale-out": "false"])
    try await rig.wait(swell, "out", has: 2)
    await swell.stop()
    await rig.stop()
  }
}
