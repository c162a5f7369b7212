public import KubernetesAPI

/// A cpu or memory trigger. Swell asks nobody for it: it becomes a Resource (with `containerName` a ContainerResource)
/// metric of the HPA, which the HPA controller reads from the metrics server. It has no fallback and no activation.
public struct ResourceTrigger: Sendable {
  static let types = ["cpu", "memory"]

  /// `cpu` or `memory`.
  public let resourceName: String
  /// The container that counts; nil for the whole pod.
  public let containerName: String?
  /// The metric as it stands in the HPA.
  public let hpaMetric: HPAMetricSpec
  /// Keys of the metadata that mean nothing, sorted.
  public let unknownKeys: [String]

  /// Throws one `TriggerError` that names every bad setting.
  public init(_ declaration: TriggerDeclaration) throws(TriggerError) {
    var reader = MetadataReader(declaration)
    if let type = reader.value(.init("type", from: .metadata)) {
      reader.fail(type.field, "is no longer a setting of this trigger: write metricType beside metadata instead")
    }
    let value = reader.required(.init("value", from: .metadata), "the target, such as 60 (percent) or 500m")
    let container = reader.text(.init("containerName", from: .metadata))
    let readTarget = Self.target(value, &reader)
    unknownKeys = reader.unknownKeys
    let target = try reader.finish(with: readTarget)

    resourceName = declaration.type
    containerName = container
    hpaMetric =
      if let container {
        .containerResource(.init(name: declaration.type, container: container, target: target))
      } else {
        .resource(.init(name: declaration.type, target: target))
      }
  }

  private static func target(_ value: MetadataReader.Value?, _ reader: inout MetadataReader) -> HPAMetricTarget? {
    switch reader.declaration.metricType ?? "" {
    case "Utilization":
      guard let value else { return nil }
      guard let percent = Int32(value.text) else {
        reader.fail(
          value.field, "\(value.quoted) is not a percentage: write a whole number of percent without %, such as 60")
        return nil
      }
      reader.requirePositive(Quantity(Int64(percent)), written: value.text, field: value.field)
      return HPAMetricTarget(type: "Utilization", averageUtilization: percent)
    case "AverageValue":
      guard let value else { return nil }
      do {
        let quantity = try Quantity(parsing: value.text)
        reader.requirePositive(quantity, written: value.text, field: value.field)
        return HPAMetricTarget(type: "AverageValue", averageValue: quantity)
      } catch {
        reader.fail(value.field, "\(value.quoted) is not a quantity: write one such as 500m (cpu) or 512Mi (memory)")
        return nil
      }
    case let type:
      let what = type.isEmpty ? "is missing" : "\"\(shortened(type))\" is not known"
      reader.fail(
        "metricType", "\(what): write \"Utilization\" (percent of the request) or \"AverageValue\" (a quantity)")
      return nil
    }
  }
}
