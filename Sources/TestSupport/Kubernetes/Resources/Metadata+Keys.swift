internal import KubernetesAPI

/// The rules for what labels, annotations and finalizers are called.
extension Metadata {
  /// What is said of a name that is none.
  static let qualifiedName =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

  /// All keys and values of an object's annotations together, in bytes.
  static let annotationLimit = 256 << 10

  static func keys(_ object: JSONValue) -> [Finding] {
    var findings: [Finding] = []
    for key in (object["metadata", "labels"]?.fields ?? [:]).keys.sorted() where !isQualified(key) {
      findings.append(.invalid("metadata.labels", .string(key), qualifiedName))
    }
    var size = 0
    for (key, value) in (object["metadata", "annotations"]?.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
      // As in Kubernetes, their case does not count.
      if !isQualified(key.lowercased()) {
        findings.append(.invalid("metadata.annotations", .string(key), qualifiedName))
      }
      guard let text = value.text else {
        findings.append(.typeInvalid("metadata.annotations.\(key)", value, "string"))
        continue
      }
      size += key.utf8.count + text.utf8.count
    }
    if size > annotationLimit {
      findings.append(
        Finding(
          field: "metadata.annotations", reason: .tooLong,
          message: "Too long: may not be more than \(annotationLimit) bytes"))
    }
    for (index, finalizer) in object.finalizers.enumerated() where !isQualified(finalizer) {
      findings.append(.invalid("metadata.finalizers[\(index)]", .string(finalizer), qualifiedName))
    }
    return findings
  }

  private static func isQualified(_ name: String) -> Bool { LabelSyntax.problem(ofKey: name) == nil }
}
