extension Quantity: Comparable, Hashable {
  /// -1, 0 or 1 as `self` is less than, equal to or greater than `other`. Exact.
  public func compare(_ other: Quantity) -> Int {
    if case .small(let left, let leftExponent) = amount, case .small(let right, let rightExponent) = other.amount {
      if leftExponent == rightExponent { return left < right ? -1 : (left == right ? 0 : 1) }
      let common = Swift.min(leftExponent, rightExponent)
      if let left = left.timesPowerOfTen(leftExponent - common),
        let right = right.timesPowerOfTen(rightExponent - common)
      {
        return left < right ? -1 : (left == right ? 0 : 1)
      }
    }
    return amount.number.compare(other.amount.number)
  }

  public static func < (left: Quantity, right: Quantity) -> Bool { left.compare(right) < 0 }
  public static func == (left: Quantity, right: Quantity) -> Bool { left.compare(right) == 0 }

  public func hash(into hasher: inout Hasher) {
    let number = amount.number.normalized
    hasher.combine(number.isNegative)
    hasher.combine(number.digits)
    hasher.combine(number.exponent)
  }
}
