/// An object of the cluster that is not what its kind says, for example because it was written before the schema had
/// its rules. The others go on.
public struct UndecodableObject: Sendable, Hashable {
  public var namespace: String?
  public var name: String
  public var resourceVersion: String?
  /// What is wrong with it, without its values.
  public var message: String
  /// It is over: the object can be read by now, or is gone. Told once, of objects that were told of before.
  public var isOver = false

  init(namespace: String?, name: String, resourceVersion: String?, message: String) {
    self.namespace = namespace
    self.name = name
    self.resourceVersion = resourceVersion
    self.message = message
  }

  /// - Parameter namespace: empty for objects without one.
  init(over namespace: String, _ name: String) {
    self.init(namespace: namespace.isEmpty ? nil : namespace, name: name, resourceVersion: nil, message: "")
    isOver = true
  }

  /// `default/web`.
  var place: String { namespace.map { "\($0)/\(name)" } ?? name }
}
