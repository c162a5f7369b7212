/// Names of metrics as KEDA makes them.
public enum MetricName {
  /// Replaces each of `/ . : % ( )` by `-` and leaves everything else alone; no limit of length.
  public static func normalized(_ name: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in name.unicodeScalars {
      switch scalar {
      case "/", ".", ":", "%", "(", ")": scalars.append("-")
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }

  /// The name with the trigger's position in front: `s0-redis-streams-orders`. The name is not normalised here.
  public static func indexed(_ name: String, by index: Int) -> String { "s\(index)-\(name)" }

  /// What `indexed(_:by:)` made the name of, or nil when it does not begin with that index.
  public static func withoutIndex(_ name: String, _ index: Int) -> String? {
    let prefix = "s\(index)-"
    guard name.unicodeScalars.starts(with: prefix.unicodeScalars) else { return nil }
    return String(name.unicodeScalars.dropFirst(prefix.unicodeScalars.count))
  }
}
