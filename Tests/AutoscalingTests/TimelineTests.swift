internal import Autoscaling
internal import KubernetesAPI
internal import Testing

/// Polls in a row, each with what it reads and what must come of it.
@Suite struct TimelineTests {
  struct Poll: Sendable {
    /// Seconds since the object was made.
    var at: Int64
    /// nil: the source does not answer.
    var reads: Double?
    /// What the HPA or a person made of the replicas before this poll.
    var replicas: Int32?
    /// What this poll writes; nil when it writes nothing.
    var scaledTo: Int32?
    var desired: Int32
    /// The code of the first reason.
    var because: String

    init(
      _ at: Int64, _ reads: Double?, replicas: Int32? = nil, scaledTo: Int32? = nil, desired: Int32, _ because: String
    ) {
      self.at = at
      self.reads = reads
      self.replicas = replicas
      self.scaledTo = scaledTo
      self.desired = desired
      self.because = because
    }
  }

  struct Story: Sendable, CustomStringConvertible {
    var description: String
    var spec: ScalingSpec
    var start: Int32
    var polls: [Poll]
  }

  static let fallback = FallbackSpec(failureThreshold: 3, replicas: 5)

  static let activation = [
    Story(
      description: "from zero, up, and back to zero after the cooldown and not before",
      spec: Samples.spec(cooldown: 180),
      start: 0,
      polls: [
        Poll(0, 0, desired: 0, "notActive"),
        Poll(15, 500, scaledTo: 1, desired: 50, "activated"),
        Poll(30, 500, replicas: 50, desired: 50, "metricDecides"),
        Poll(45, 0, replicas: 50, desired: 0, "coolingDown"),
        Poll(209, 0, replicas: 1, desired: 0, "coolingDown"),
        Poll(210, 0, desired: 0, "coolingDown"),
        Poll(211, 0, scaledTo: 0, desired: 0, "cooldownOver"),
        Poll(226, 0, desired: 0, "notActive"),
      ]),
    Story(
      description: "an activity within the cooldown starts it anew", spec: Samples.spec(cooldown: 60), start: 1,
      polls: [
        Poll(0, 5, desired: 1, "metricDecides"), Poll(50, 0, desired: 0, "coolingDown"),
        Poll(59, 1, desired: 1, "metricDecides"), Poll(100, 0, desired: 0, "coolingDown"),
        Poll(119, 0, desired: 0, "coolingDown"), Poll(120, 0, scaledTo: 0, desired: 0, "cooldownOver"),
      ]),
    Story(
      description: "never active: the initial cooldown counts from the creation",
      spec: Samples.spec(cooldown: 10, initialCooldown: 60), start: 3,
      polls: [
        Poll(30, 0, desired: 0, "initialCooldown"), Poll(60, 0, desired: 0, "initialCooldown"),
        Poll(61, 0, scaledTo: 0, desired: 0, "neverActive"),
      ]),
    Story(
      description: "at the threshold is not above it",
      spec: Samples.spec(metrics: [Samples.metric("s0-orders", threshold: 5)]), start: 0,
      polls: [Poll(0, 5, desired: 0, "notActive"), Poll(15, 5.001, scaledTo: 1, desired: 1, "activated")]),
    Story(
      description: "with a minimum there is no cooldown, and what is below is raised", spec: Samples.spec(min: 2),
      start: 0,
      polls: [
        Poll(0, 0, scaledTo: 2, desired: 2, "belowMin"), Poll(15, 0, desired: 2, "minReplicaCount"),
        Poll(30, 45, desired: 5, "metricDecides"),
      ]),
    Story(
      description: "idle below the minimum", spec: Samples.spec(min: 3, idle: 1, cooldown: 60), start: 3,
      polls: [
        Poll(0, 9, desired: 3, "minReplicaCount"), Poll(30, 0, desired: 1, "coolingDown"),
        Poll(61, 0, scaledTo: 1, desired: 1, "cooldownOver"), Poll(76, 0, desired: 1, "idle"),
        Poll(91, 9, scaledTo: 3, desired: 3, "activated"),
      ]),
  ]

  static let failures = [
    Story(
      description: "unknown is not zero: it keeps what there is", spec: Samples.spec(cooldown: 10), start: 4,
      polls: [
        Poll(0, 40, desired: 4, "metricDecides"), Poll(15, nil, desired: 4, "unknownBlocksScaleToZero"),
        Poll(300, nil, desired: 4, "unknownBlocksScaleToZero"), Poll(315, 0, scaledTo: 0, desired: 0, "cooldownOver"),
      ]),
    Story(
      description: "fallback after more than three failures, and back",
      spec: Samples.spec(cooldown: 60, fallback: fallback),
      start: 50,
      polls: [
        Poll(0, 500, desired: 50, "metricDecides"), Poll(15, nil, desired: 50, "unknownBlocksScaleToZero"),
        Poll(30, nil, desired: 50, "unknownBlocksScaleToZero"), Poll(45, nil, desired: 50, "unknownBlocksScaleToZero"),
        Poll(60, nil, desired: 5, "fallback"), Poll(75, nil, replicas: 5, desired: 5, "fallback"),
        Poll(90, 500, desired: 50, "metricDecides"),
        // The fallback counted as activity until 75, the reading until 90.
        Poll(150, 0, desired: 0, "coolingDown"), Poll(151, 0, scaledTo: 0, desired: 0, "cooldownOver"),
      ]),
    Story(
      description: "fallback from zero", spec: Samples.spec(fallback: fallback), start: 0,
      polls: [
        Poll(0, nil, desired: 0, "unknownBlocksScaleToZero"), Poll(15, nil, desired: 0, "unknownBlocksScaleToZero"),
        Poll(30, nil, desired: 0, "unknownBlocksScaleToZero"), Poll(45, nil, scaledTo: 1, desired: 5, "activated"),
      ]),
    Story(
      description: "fallback.replicas 0 lets an unknown trigger go to zero before the threshold, after the cooldown",
      spec: Samples.spec(cooldown: 20, fallback: FallbackSpec(failureThreshold: 3, replicas: 0)), start: 2,
      polls: [
        Poll(0, 5, desired: 1, "metricDecides"), Poll(15, nil, desired: 0, "coolingDown"),
        Poll(30, nil, scaledTo: 0, desired: 0, "cooldownOver"),
      ]),
  ]

  static let pauses = [
    Story(
      description: "paused", spec: Samples.spec(cooldown: 1, pause: PauseRule(full: .asIs)), start: 7,
      polls: [Poll(0, 0, desired: 7, "paused"), Poll(900, 500, desired: 7, "paused")]),
    Story(
      description: "paused at zero", spec: Samples.spec(pause: PauseRule(full: .asIs)), start: 0,
      polls: [Poll(0, 500, desired: 0, "paused")]),
    Story(
      description: "paused at a number", spec: Samples.spec(pause: PauseRule(full: .at(4))), start: 7,
      polls: [Poll(0, 500, desired: 4, "pausedReplicas")]),
    Story(
      description: "paused at something that is no number",
      spec: Samples.spec(pause: PauseRule(full: .unreadable(FieldError(field: "f", message: "m")))), start: 7,
      polls: [Poll(0, 500, desired: 7, "pausedReplicasInvalid")]),
    Story(
      description: "scale-in paused", spec: Samples.spec(cooldown: 1, pause: PauseRule(isScaleInPaused: true)),
      start: 0,
      polls: [
        Poll(0, 20, scaledTo: 1, desired: 2, "activated"), Poll(900, 0, desired: 0, "pausedScaleIn"),
      ]),
    Story(
      description: "scale-out paused", spec: Samples.spec(cooldown: 1, pause: PauseRule(isScaleOutPaused: true)),
      start: 3,
      polls: [
        Poll(0, 20, desired: 2, "metricDecides"), Poll(900, 0, scaledTo: 0, desired: 0, "cooldownOver"),
        Poll(915, 20, desired: 2, "pausedScaleOut"),
      ]),
    Story(
      description: "forced: lifted from zero without any message", spec: Samples.spec(forced: true), start: 0,
      polls: [Poll(0, 0, scaledTo: 1, desired: 1, "forceActivation"), Poll(900, 0, desired: 1, "oneWhileActive")]),
    Story(
      description: "a full pause wins over force-activation",
      spec: Samples.spec(pause: PauseRule(full: .asIs), forced: true), start: 0,
      polls: [Poll(0, 5, desired: 0, "paused")]),
  ]

  @Test(arguments: activation + failures + pauses)
  func story(_ story: Story) {
    var replicas = story.start
    var health = HealthBook()
    var lastActive: Timestamp?
    for poll in story.polls {
      let now = Timestamp(seconds: poll.at)
      replicas = poll.replicas ?? replicas
      let state = ScalingState(createdAt: Timestamp(seconds: 0), lastActiveTime: lastActive, replicas: .known(replicas))
      let result = ScaledObjectEvaluation(
        of: story.spec, readings: [Samples.reading(poll.reads, at: poll.at)], health: health, state: state, now: now)
      let decision = result.decision
      #expect(decision.scaleTo == poll.scaledTo, "at \(poll.at) s: \(decision.reasons)")
      #expect(result.desired.count == poll.desired, "at \(poll.at) s: \(result.desired)")
      #expect(decision.reasons.first?.code == poll.because, "at \(poll.at) s: \(decision.reasons)")
      let effects = decision.effects(of: .written(previous: replicas), target: story.spec.targetLabel, now: now)
      lastActive = effects.lastActiveTime ?? decision.lastActiveTime ?? lastActive
      replicas = decision.scaleTo ?? replicas
      health = result.health
    }
  }
}
