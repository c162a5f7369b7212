/// What is wrong with a label selector. The message quotes the offending part, shortened, and says what is expected.
public struct LabelSelectorError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String

  init(_ message: String) { self.message = message }

  public var description: String { message }
}
