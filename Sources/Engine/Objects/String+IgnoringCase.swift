extension String {
  /// ASCII case only, as metric names are; no allocation.
  func equalsIgnoringCase(_ other: String) -> Bool {
    let (own, others) = (utf8, other.utf8)
    guard own.count == others.count else { return false }
    return zip(own, others).allSatisfy { left, right in
      left == right || ((left | 0x20) == (right | 0x20) && (0x61...0x7A).contains(left | 0x20))
    }
  }
}
