internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// `keda/validation.json`: which ScaledObjects KEDA's admission webhook admits, as far as the object alone decides it.
@Suite("Validation Conformance")
struct ValidationConformanceTests {
  static let file = "keda/validation.json"

  /// How KEDA's texts begin where other objects, the API's kinds or the formula engine decide. A case that is denied only
  /// by these is not about the rules tested here.
  static let foreignReasons = [
    "the workload '", "the HPA '", "the existing hpa '", "no matches for kind", "unexpected GroupVersion",
    "the scaledobject has a ", "error validating formula", "deployments.apps ", "statefulsets.apps ",
  ]

  @Test func scaledObjectsAreAdmittedAsRecorded() throws {
    let cases = try ConformanceCases.load(Self.file).filter(Self.isDecidedByTheObject)
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count > 60)
      #expect(cases.contains { $0.expect["allowed"]?.bool == false })
    }
    for item in cases {
      let object = try #require(item.input["object"])
      let allowed = try #require(item.expect["allowed"]?.bool as Bool?)
      let decoded = StrictDecoder.decode(ScaledObject.self, from: object)
      let scaledObject = try #require(decoded.value, "\(item.id): \(decoded.errors)")
      #expect(decoded.errors.isEmpty, "\(item.id)")
      let errors = scaledObject.admissionErrors()
      #expect(
        errors.isEmpty == allowed,
        "\(item.id): recorded \(allowed ? "allowed" : "denied: \(Self.reasons(item))"), but here \(errors)")
      for error in errors {
        #expect(error.field.hasPrefix("spec.") || error.field.hasPrefix("metadata."), "\(item.id): \(error)")
        #expect(!error.message.isEmpty)
      }
    }
  }

  /// Creations of ScaledObjects, not as a dry run (which skips rules), that are allowed or denied for a reason that lies in
  /// the object.
  static func isDecidedByTheObject(_ item: ConformanceCases.Case) -> Bool {
    guard item.input["operation"]?.string == "create", item.input["dryRun"]?.bool != true,
      item.input["object"]?["kind"]?.string == "ScaledObject", let allowed = item.expect["allowed"]?.bool
    else { return false }
    // A target of infinity is refused on purpose: "A composite target that does not fit is an error".
    let target = item.input["object"]?["spec"]?["advanced"]?["scalingModifiers"]?["target"]?.string
    if let number = target.flatMap({ Double($0) }), !number.isFinite { return false }
    return allowed || reasons(item).contains { reason in !foreignReasons.contains { reason.hasPrefix($0) } }
  }

  private static func reasons(_ item: ConformanceCases.Case) -> [String] {
    if let reason = item.expect["message"]?.string { return [reason] }
    return (item.expect["messageOneOf"]?.array ?? []).compactMap(\.string)
  }
}
