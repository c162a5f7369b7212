/// Text that must not be printed: passwords, tokens, private keys. Every way of turning it into text shows `<redacted>`;
/// only `reveal()` gives it away, at the place where it goes on the wire.
public struct SecretText: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  public init(_ text: String) { self.text = text }

  public var isEmpty: Bool { text.isEmpty }
  public func reveal() -> String { text }

  public var description: String { "<redacted>" }
  public var debugDescription: String { "<redacted>" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
