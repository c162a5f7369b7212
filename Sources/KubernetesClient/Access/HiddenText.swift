/// A token, password or key. Every way of turning it into text shows `<redacted>`; only `reveal()` gives it away.
struct HiddenText: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let text: String

  init(_ text: String) { self.text = text }

  func reveal() -> String { text }

  var description: String { "<redacted>" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: []) }
}
