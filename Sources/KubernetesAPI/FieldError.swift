/// One thing that is wrong with an object a user wrote, told so that the user can mend it.
public struct FieldError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
  /// The path to the field as `kubectl` spells it: `spec.triggers[0].metadata.threshold`.
  public var field: String
  /// What is wrong, with the offending value (shortened, never a secret) and what to write instead.
  public var message: String

  /// Messages quote what strangers wrote: control characters are made visible, and both texts end somewhere.
  public init(field: String, message: String) {
    self.field = Self.isPlain(field, limit: 500) ? field : shortened(field, to: 500)
    self.message = Self.isPlain(message, limit: 1000) ? message : shortened(message, to: 1000)
  }

  private static func isPlain(_ text: String, limit: Int) -> Bool {
    text.utf8.count <= limit && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
  }

  public var description: String { field.isEmpty ? message : "\(field): \(message)" }
}
