internal import Foundation
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Scenario 5: whatever the API server does meanwhile, the end is that of an undisturbed run. SWELL_TEST_FAULT_SECONDS says
/// how long each disturbance lasts: 60 as in the issue, less by default.
@Suite(.serialized) struct APIFaultScenarioTests {
  private static let isSwell: @Sendable (Fault.Target) -> Bool = { $0.user.hasSuffix(":swell") }
  private static let isWatch: @Sendable (Fault.Target) -> Bool = { isSwell($0) && $0.verb == "watch" }

  static let disturbances = [
    Disturbance(
      testDescription: "server down", begin: { await $0.pause() }, end: { try await $0.resume() }),
    Disturbance(
      testDescription: "429 storm, 500 and cut answers",
      begin: { server in
        server.faults.add(Fault(.tooManyRequests(retryAfter: 1), probability: 0.4, when: isSwell))
        server.faults.add(Fault(.status(500), probability: 0.2, when: isSwell))
        server.faults.add(Fault(.status(503), probability: 0.1, when: isSwell))
        server.faults.add(Fault(.cutBefore, probability: 0.1, when: isSwell))
        server.faults.add(Fault(.cutMiddle, probability: 0.1, when: isSwell))
        server.faults.add(Fault(.cutAfter, probability: 0.1, when: isSwell))
        server.cutConnections()
      }),
    Disturbance(
      testDescription: "watches cut anywhere",
      begin: { server in
        for (event, bytes) in [(0, 0), (0, 1), (0, 17), (0, 400), (1, 0), (1, 60), (1, 1_500), (2, 3), (3, 250)] {
          server.faults.add(Fault(.cutWatch(event: event, bytes: bytes), probability: 0.2, when: isWatch))
        }
        server.cutConnections()
      },
      again: { if Int.random(in: 0..<4) == 0 { $0.cutConnections() } }),
    Disturbance(
      testDescription: "lost watch events, 410 and compaction",
      begin: { server in
        server.faults.add(Fault(.loseWatchEvents(2), probability: 0.5, when: isWatch))
        server.faults.add(Fault(.loseWatchEvents(1), probability: 0.3, when: isWatch))
        server.cutConnections()
      },
      again: { server in
        if Int.random(in: 0..<4) == 0 {
          server.compact()
          server.cutConnections()
        }
      },
      // A server that has lost an event says 410 when the next one comes. Where none comes, it does now.
      end: { server in
        server.compact()
        server.cutConnections()
      }),
    Disturbance(
      testDescription: "stale reads, conflicts on every write, latency",
      begin: { server in
        server.faults.add(Fault(.conflict, when: isSwell))
        server.faults.add(
          Fault(.stale(changes: 25), probability: 0.5) { isSwell($0) && ($0.verb == "list" || $0.verb == "get") })
        server.faults.add(Fault(.delay(.milliseconds(300)), probability: 0.4, when: isSwell))
        server.cutConnections()
      },
      // What was read stale is read again when the watch goes on.
      end: { $0.cutConnections() }),
  ]

  @Test(
    .enabled(if: !TestCluster.isExternal, "only the test server can be made to fail in a certain way"),
    arguments: disturbances)
  func theEndIsThatOfAnUndisturbedRun(_ disturbance: Disturbance) async throws {
    let wanted = try await FaultRehearsal.undisturbed.value
    let outcome = try await FaultRehearsal.run(disturbance, expecting: wanted.state)
    #expect(outcome.state == wanted.state)
    // On the way there, nothing was done that the data did not call for.
    for (name, steps) in outcome.steps {
      let isRight =
        switch name {
        case "busy", "quiet", "late", "edited": steps == steps.sorted()
        case "fading": steps == steps.sorted(by: >)
        default: steps.count == 1
        }
      #expect(isRight, "\(name): \(steps)")
    }
  }
}
