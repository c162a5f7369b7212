/// What this build is.
public enum BuildInfo {
  public static let version = "0.1.0"
  /// The commit that a release was built from; set by the release build.
  public static let commit = "development"
}
