internal import KubernetesAPI

/// An update is not refused for what it leaves as it was: objects that an older schema took can still be changed
/// elsewhere.
enum Ratcheting {
  /// The findings that an update from `old` to `new` is to blame for.
  static func findings(_ findings: [Finding], old: JSONValue?, new: JSONValue) -> [Finding] {
    guard let old else { return findings }
    let left = findings.filter { finding in
      guard finding.field != "<nil>" else { return true }
      var steps = steps(of: finding.field)
      // A missing field is the fault of the object that lacks it.
      if finding.reason == .required, !steps.isEmpty { steps.removeLast() }
      // Elements of a list have no identity (atomic is what a list is by default): it is the same as before, or all of it
      // counts as new.
      if let index = steps.firstIndex(where: { Int($0) != nil }) { steps.removeSubrange(index...) }
      return value(at: steps[...], in: old) != value(at: steps[...], in: new)
    }
    return left.allSatisfy { $0.field == "<nil>" && $0.message.contains("some validation rules were not checked") }
      ? [] : left
  }

  /// `spec.parts[0].id` as `spec`, `parts`, `0`, `id`.
  private static func steps(of path: String) -> [String] {
    path.split { $0 == "." || $0 == "[" || $0 == "]" }.map(String.init)
  }

  private static func value(at steps: ArraySlice<String>, in value: JSONValue) -> JSONValue? {
    guard let step = steps.first else { return value }
    let inner = Int(step).flatMap { value[$0] } ?? value[step]
    return inner.flatMap { self.value(at: steps.dropFirst(), in: $0) }
  }
}
