/// The annotations and labels of a ScaledObject that change behaviour.
extension ScaledObject {
  public enum AnnotationKey {
    public static let paused = "autoscaling.keda.sh/paused"
    public static let pausedReplicas = "autoscaling.keda.sh/paused-replicas"
    public static let pausedScaleIn = "autoscaling.keda.sh/paused-scale-in"
    public static let pausedScaleOut = "autoscaling.keda.sh/paused-scale-out"
    public static let forceActivation = "autoscaling.keda.sh/force-activation"
    public static let transferHPAOwnership = "scaledobject.keda.sh/transfer-hpa-ownership"
    public static let hpaExcludedLabels = "scaledobject.keda.sh/hpa-excluded-labels"
    /// On HPAs: exactly "false" takes the HPA out of the check for two owners.
    public static let validateHPAOwnership = "validations.keda.sh/hpa-ownership"
  }

  /// The label by which an HPA's metric finds its ScaledObject.
  public static let nameLabel = "scaledobject.keda.sh/name"

  /// How far scaling is suspended as a whole.
  public enum Pause: Hashable, Sendable {
    /// Replicas stay as they are.
    case asIs
    /// Replicas are set to this number.
    case at(Int32)
  }

  /// The pause that the annotations ask for; nil when not paused. `paused-replicas` pauses by being there, whatever
  /// `paused` says.
  ///
  /// - Throws: a `FieldError` when `paused-replicas` is not a number of replicas.
  public func pause() throws(FieldError) -> Pause? {
    guard let text = metadata.annotations?[AnnotationKey.pausedReplicas] else {
      return isSet(AnnotationKey.paused) ? .asIs : nil
    }
    guard let replicas = Int32(text), replicas >= 0 else {
      throw FieldError(
        field: "metadata.annotations[\(AnnotationKey.pausedReplicas)]",
        message:
          "\"\(shortened(text))\" is not a number of replicas: write a whole number from 0 to \(Int32.max) in quotes")
    }
    return .at(replicas)
  }

  /// Paused as a whole, even where the number of replicas cannot be read.
  public var isPaused: Bool {
    metadata.annotations?[AnnotationKey.pausedReplicas] != nil || isSet(AnnotationKey.paused)
  }

  /// Replicas may rise but not fall.
  public var isScaleInPaused: Bool { isSet(AnnotationKey.pausedScaleIn) }

  /// Replicas may fall but not rise.
  public var isScaleOutPaused: Bool { isSet(AnnotationKey.pausedScaleOut) }

  /// The target counts as active whatever the triggers say.
  public var isActivationForced: Bool { isSet(AnnotationKey.forceActivation) }

  /// The ScaledObject may take over an HPA of its configured name: exactly "true".
  public var takesOverHPA: Bool { metadata.annotations?[AnnotationKey.transferHPAOwnership] == "true" }

  /// Label keys that are not copied to the HPA, as written between the commas (blanks count).
  public var labelsExcludedFromHPA: Set<String> {
    guard let text = metadata.annotations?[AnnotationKey.hpaExcludedLabels], !text.isEmpty else { return [] }
    return Set(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
  }

  /// A flag is on when it is there, unless its value says false in one of the spellings of Go's `ParseBool`.
  private func isSet(_ key: String) -> Bool {
    guard let text = metadata.annotations?[key] else { return false }
    return !["0", "f", "F", "false", "False", "FALSE"].contains(text)
  }
}
