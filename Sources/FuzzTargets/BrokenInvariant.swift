/// Something that must hold for every input does not hold for this one.
public struct BrokenInvariant: Error, CustomStringConvertible, Sendable {
  /// What was expected, and what came instead.
  public var description: String

  init(_ description: String) { self.description = description }
}

func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(BrokenInvariant) {
  if !condition { throw BrokenInvariant(message()) }
}

func requireEqual<T: Equatable>(_ left: T, _ right: T, _ message: @autoclosure () -> String) throws(BrokenInvariant) {
  if left != right { throw BrokenInvariant("\(message()): \(left) is not \(right)") }
}
