public import KubernetesAPI

/// What the pause annotations `autoscaling.keda.sh/paused…` ask for.
///
/// | annotation | polls run | HPA | target |
/// |---|---|---|---|
/// | `paused` | no | none | untouched |
/// | `paused-replicas` | no | none | set to the number, whatever `paused` says |
/// | `paused-scale-in` | yes | its scaling down disabled | Swell's own step to zero or idle left out |
/// | `paused-scale-out` | yes | its scaling up disabled | Swell's own step from zero or idle left out |
public struct PauseRule: Hashable, Sendable {
  public enum Full: Hashable, Sendable {
    /// `paused`: true, or present with a text that is no boolean.
    case asIs
    /// `paused-replicas`; its presence alone pauses.
    case at(Int32)
    /// `paused-replicas` with something else than a number of replicas: paused, and the target left alone.
    case unreadable(FieldError)
  }

  public var full: Full?
  public var isScaleInPaused: Bool
  public var isScaleOutPaused: Bool

  public init(full: Full? = nil, isScaleInPaused: Bool = false, isScaleOutPaused: Bool = false) {
    self.full = full
    self.isScaleInPaused = isScaleInPaused
    self.isScaleOutPaused = isScaleOutPaused
  }

  /// What the annotations of an object say.
  public init(of object: ScaledObject) {
    self.init(isScaleInPaused: object.isScaleInPaused, isScaleOutPaused: object.isScaleOutPaused)
    do {
      switch try object.pause() {
      case .asIs: full = .asIs
      case .at(let replicas): full = .at(replicas)
      case nil: full = nil
      }
    } catch {
      full = .unreadable(error)
    }
  }

  /// No polls, no HPA, no decisions.
  public var isFullyPaused: Bool { full != nil }

  /// Polls and decisions go on.
  public var loopRuns: Bool { !isFullyPaused }

  /// The HPA is there; a full pause deletes it.
  public var hpaExists: Bool { !isFullyPaused }

  /// True for every variant, one-sided ones too: what the condition `Paused` shows.
  public var isAnyPause: Bool { isFullyPaused || isScaleInPaused || isScaleOutPaused }

  /// `status.pausedReplicaCount`: what `paused-replicas` sets the target to.
  public var pausedReplicaCount: Int32? { if case .at(let count) = full { count } else { nil } }
}
