/// The rules for label keys and values of the Kubernetes API.
public enum LabelSyntax {
  /// What is wrong with a label key, or nil. A key is `[prefix/]name`: a name of 1 to 63 letters, digits, `-`, `_`
  /// and `.`,
  /// beginning and ending with a letter or digit; the prefix a DNS subdomain of at most 253 characters.
  public static func problem(ofKey key: String) -> String? {
    let parts = key.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let name = parts.last else {
      return "\"\(shortened(key))\" is not a label key: write name or prefix/name, with one slash at most"
    }
    if parts.count == 2, let prefix = parts.first, !isDNSSubdomain(prefix) {
      return "\"\(shortened(key))\" is not a label key: the part before the slash must be a DNS name in lower case, "
        + "such as example.com, of at most 253 characters"
    }
    if isName(name) { return nil }
    return "\"\(shortened(key))\" is not a label key: the name must be 1 to 63 letters, digits, '-', '_' or '.', "
      + "and begin and end with a letter or digit"
  }

  /// What is wrong with a label value, or nil. Empty, or at most 63 characters of the same kind as a key's name.
  public static func problem(ofValue value: String) -> String? {
    if value.isEmpty || isName(value[...]) { return nil }
    return "\"\(shortened(value))\" is not a label value: it must be at most 63 letters, digits, '-', '_' or '.', "
      + "and begin and end with a letter or digit"
  }

  private static func isName(_ name: Substring) -> Bool {
    let bytes = name.utf8
    guard bytes.count <= 63, let first = bytes.first, let last = bytes.last else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && bytes.allSatisfy {
        isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
      }
  }

  static func isDNSLabel(_ name: Substring) -> Bool {
    name.utf8.count <= 63 && !name.utf8.contains(UInt8(ascii: ".")) && isDNSSubdomain(name)
  }

  static func isDNSSubdomain(_ name: Substring) -> Bool {
    guard name.utf8.count <= 253 else { return false }
    return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
      guard let first = label.first, let last = label.last else { return false }
      return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
        && label.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowerAlphanumeric(byte) || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
  }
}
