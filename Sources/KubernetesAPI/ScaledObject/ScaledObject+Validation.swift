extension ScaledObject {
  /// Everything that is wrong with the object as it stands, all at once: the rules of the CRD's schema and those of
  /// KEDA's
  /// admission webhook that need nothing but the object. Trigger metadata and formulas are not looked at.
  public func validate() -> [FieldError] {
    var problems = FieldProblems()
    for error in schemaErrors() + admissionErrors() { problems.add(error) }
    return problems.errors
  }

  /// The rules that an API server enforces by the schema: required texts, minimums, enumerations, min ≤ max.
  public func schemaErrors() -> [FieldError] {
    var problems = FieldProblems()
    metadata.validateName(&problems)
    spec.validateSchema(&problems)
    return problems.errors
  }

  /// The rules of KEDA's admission webhook, without those that look at other objects.
  public func admissionErrors() -> [FieldError] { admissionViolations().map(\.error) }

  /// The same as `admissionErrors`, with KEDA's name and wording of each rule.
  public func admissionViolations() -> [AdmissionViolation] {
    var problems = AdmissionProblems()
    validateNames(&problems)
    spec.validateReplicaBounds(&problems)
    spec.validateFallback(&problems)
    spec.validateTriggers(&problems)
    spec.validateScalingModifiers(&problems)
    return problems.violations
  }

  /// The admission rules that KEDA's controller checks once more, or that the API server enforces when the object's label
  /// and HPA are written: an object that breaks one does not work, even where it came in past the webhook.
  public func controllerErrors() -> [FieldError] { controllerViolations().map(\.error) }

  /// The same as `controllerErrors`, with KEDA's wording.
  public func controllerViolations() -> [AdmissionViolation] {
    admissionViolations().filter { !$0.reason.isOnlyForTheWebhook }
  }

  /// The admission rules that only the webhook checks: an object that came in past it works nevertheless.
  public func webhookErrors() -> [FieldError] {
    admissionViolations().filter(\.reason.isOnlyForTheWebhook).map(\.error)
  }

  private func validateNames(_ problems: inout AdmissionProblems) {
    let length = metadata.name.utf8.count
    if length > 63 {
      problems.add(
        .name,
        "scaledobject name \"\(shortened(metadata.name, to: 253))\" is \(length) characters long; must be no more than "
          + "63 characters because it is used as the \"\(ScaledObject.nameLabel)\" label value",
        "metadata.name",
        "\"\(shortened(metadata.name))\" is \(length) bytes long: use at most 63, "
          + "for the name is also the value of the label "
          + ScaledObject.nameLabel)
    }
    let hpaLength = hpaName.utf8.count
    guard hpaLength > 63 else { return }
    let isOwnName = !(spec.advanced?.horizontalPodAutoscalerConfig?.name ?? "").isEmpty
    problems.add(
      .hpaName,
      "HPA name \"\(shortened(hpaName, to: 262))\" derived from scaledobject is \(hpaLength) characters long; "
        + "must be no more than 63 characters; set spec.advanced.horizontalPodAutoscalerConfig.name to a shorter name "
        + "or shorten the scaledobject name",
      isOwnName ? "spec.advanced.horizontalPodAutoscalerConfig.name" : "metadata.name",
      "the HPA would be called \"\(shortened(hpaName))\", which is \(hpaLength) bytes long; at most 63 are allowed: "
        + (isOwnName
          ? "write a shorter name"
          : "shorten the name to 54 bytes, or set spec.advanced.horizontalPodAutoscalerConfig.name"))
  }
}

/// Collects errors; what is said twice is kept once.
struct FieldProblems {
  private(set) var errors: [FieldError] = []

  mutating func add(_ error: FieldError) {
    if !errors.contains(error) { errors.append(error) }
  }

  mutating func add(_ field: String, _ message: String) {
    add(FieldError(field: field, message: message))
  }

  mutating func require(_ value: Int32?, atLeast minimum: Int32, _ field: String) {
    guard let value, value < minimum else { return }
    add(field, "\(value) is too small: write \(minimum) or more")
  }

  mutating func require(_ value: Int32, in range: ClosedRange<Int32>, _ field: String) {
    if !range.contains(value) {
      add(field, "\(value) is out of range: write \(range.lowerBound) to \(range.upperBound)")
    }
  }

  mutating func require(_ value: String?, oneOf allowed: [String], _ field: String) {
    guard let value, !allowed.contains(value) else { return }
    let list = allowed.joined(separator: ", ")
    let hint = nearestName(to: value, among: allowed).map { ": did you mean \($0)?" } ?? ": write one of \(list)"
    add(field, "\"\(shortened(value))\" is not allowed here" + hint)
  }

  mutating func requireText(_ value: String, _ field: String) {
    if value.isEmpty { add(field, "must not be empty") }
  }
}
