/// Where a value stands in an object, as `kubectl` spells it. A linked list, so that a path costs nothing until it
/// is shown.
indirect enum FieldPath {
  case root
  case field(parent: FieldPath, name: String)
  case element(parent: FieldPath, index: Int)

  func key(_ name: String) -> FieldPath { .field(parent: self, name: name) }
  func index(_ index: Int) -> FieldPath { .element(parent: self, index: index) }

  /// `spec.triggers[0].metadata.threshold`; a name with other characters stands in brackets:
  /// `labels[example.com/team]`.
  var text: String {
    switch self {
    case .root:
      return ""
    case .element(let parent, let index):
      return "\(parent.text)[\(index)]"
    case .field(let parent, let name):
      let before = parent.text
      if name.isEmpty { return before.isEmpty ? "[]" : "\(before)[]" }
      if before.isEmpty { return shortened(name) }
      let isPlain = name.utf8.allSatisfy { byte in
        (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || byte == 45 || byte == 95
      }
      return isPlain ? "\(before).\(shortened(name))" : "\(before)[\(shortened(name))]"
    }
  }

  var lastName: String {
    switch self {
    case .root: ""
    case .field(_, let name): name
    case .element(let parent, _): parent.lastName
    }
  }
}

/// A value and where it stands.
struct JSONPlace {
  var value: JSONValue
  var path: FieldPath
  /// The value must not be shown.
  var isHidden = false
}
