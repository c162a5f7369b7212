/// Resource versions are whole numbers that grow, as Kubernetes has promised since 1.34 and kept before.
enum ResourceVersion {
  /// True when both are numbers and `new` is the smaller: the server's history has begun anew.
  static func isBack(_ new: String, behind old: String) -> Bool {
    guard let new = UInt64(new), let old = UInt64(old) else { return false }
    return new < old
  }
}
