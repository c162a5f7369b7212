/// One condition of an HPA's status, in the words of the Kubernetes controller.
public struct HPACondition: Hashable, Sendable {
  public var isTrue: Bool
  public var reason: String
  public var message: String

  public init(_ isTrue: Bool, reason: String, message: String = "") {
    self.isTrue = isTrue
    self.reason = reason
    self.message = message
  }

  /// `True` or `False`, as the API spells it.
  public var status: String { isTrue ? "True" : "False" }
}

/// The conditions of an HPA. Each keeps its last value when a sync does not set it; `nil` is "never set".
public struct HPAConditions: Hashable, Sendable {
  public var ableToScale: HPACondition?
  public var scalingActive: HPACondition?
  public var scalingLimited: HPACondition?
  /// Set only under the gate `HPAScaleToZero`; true when the HPA itself scaled its target to zero.
  public var scaledToZero: HPACondition?

  public init() {}
}
