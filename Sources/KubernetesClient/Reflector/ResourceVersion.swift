/// Resource versions are whole numbers that grow, as Kubernetes has promised since 1.34 and kept before.
public enum ResourceVersion {
  /// Whether `version` is as new as `other` or newer; nil where one is missing or is no number.
  public static func isAtLeast(_ version: String?, _ other: String?) -> Bool? {
    guard let version = version.flatMap(UInt64.init), let other = other.flatMap(UInt64.init) else { return nil }
    return version >= other
  }

  /// True when both are numbers and `new` is the smaller: the server's history has begun anew.
  static func isBack(_ new: String, behind old: String) -> Bool {
    isAtLeast(new, old) == false
  }
}
