/// An object of the cluster that is not what its kind says, for example because it was written before the schema had
/// its rules. The others go on.
public struct UndecodableObject: Sendable, Hashable {
  public var namespace: String?
  public var name: String
  public var resourceVersion: String?
  /// What is wrong with it, without its values.
  public var message: String

  /// `default/web`.
  var place: String { namespace.map { "\($0)/\(name)" } ?? name }
}
