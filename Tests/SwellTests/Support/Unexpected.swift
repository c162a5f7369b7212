/// A test cannot go on: something is not as it must be for it.
struct Unexpected: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
