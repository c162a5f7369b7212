/// One thing that is wrong with an object a user wrote, told so that the user can mend it.
public struct FieldError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// The path to the field as `kubectl` spells it: `spec.triggers[0].metadata.threshold`.
  public var field: String
  /// What is wrong, with the offending value (shortened, never a secret) and what to write instead.
  public var message: String

  public init(field: String, message: String) {
    self.field = field
    self.message = message
  }

  public var description: String { field.isEmpty ? message : "\(field): \(message)" }
}
