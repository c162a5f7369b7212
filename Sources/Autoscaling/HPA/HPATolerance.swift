public import KubernetesAPI

/// How far usage/target may be from 1, in each direction, before replicas change.
public struct HPATolerance: Hashable, Sendable {
  public var up: Double
  public var down: Double

  public init(up: Double, down: Double) {
    self.up = up
    self.down = down
  }

  /// The tolerances of a behavior where it names them, else the controller's.
  public init(_ behavior: HPABehavior?, controller: Double) {
    up = behavior?.scaleUp?.tolerance.map(Self.number) ?? controller
    down = behavior?.scaleDown?.tolerance.map(Self.number) ?? controller
  }

  /// The lowest and the highest ratio at which nothing changes.
  public var lowerBound: Double { 1.0 - down }
  public var upperBound: Double { 1.0 + up }

  /// Inclusive at both ends, and false for NaN. Not the same as `|ratio − 1| <= t`: the bounds are rounded first.
  public func contains(_ ratio: Double) -> Bool { lowerBound <= ratio && ratio <= upperBound }

  /// A tolerance as the controller reads it. The API server stores the canonical form, so `0.118` is read from `118m`
  /// as 118 × 0.001 = 0.11800000000000001.
  public static func number(_ quantity: Quantity) -> Double {
    let stored = (try? Quantity(parsing: quantity.canonical)) ?? quantity
    return stored.approximateDouble
  }
}
