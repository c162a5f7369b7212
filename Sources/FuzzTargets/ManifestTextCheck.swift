internal import Autoscaling
internal import Engine
internal import Foundation
internal import KubernetesAPI
internal import Manifests

/// Manifests, from YAML text to plans: whatever is wrong is told with its field, a plan is there exactly when nothing is
/// wrong, what is planned lies within its bounds, and no message repeats what a Secret holds.
enum ManifestTextCheck {
  static func run(_ input: [UInt8]) throws(BrokenInvariant) {
    let text = String(decoding: input, as: UTF8.self)
    let documents: [YAMLDocument]
    do {
      documents = try YAMLReader.documents(in: text)
    } catch {
      try MessageCheck.run(error.message, of: "YAML error")
      return try require((error.line ?? 1) >= 0, "a YAML error in line \(error.line ?? 0)")
    }
    let findings = try findings(of: documents)
    // Every set hashes in its own way: what is said must not depend on it.
    if input.count % 4 == 0 {
      try requireEqual(try self.findings(of: documents), findings, "the errors of the same documents, found again")
    }
    guard documents.contains(where: { MarkedSecrets.contains($0.content) }), !MarkedSecrets.isLeaked(in: text) else {
      return
    }
    var marked = documents
    for index in marked.indices { marked[index].content = MarkedSecrets.mark(marked[index].content) }
    for error in try self.findings(of: marked) {
      // A metric is named after its topic or stream wherever that was written, and HPAs show the name anyway.
      if error.message.hasPrefix("metric name ") { continue }
      try require(!MarkedSecrets.isLeaked(in: error.description), "a Secret's value in the message \(error)")
    }
  }

  /// Loads, decodes and plans. Everything that is wrong, sorted by object.
  private static func findings(of documents: [YAMLDocument]) throws(BrokenInvariant) -> [FieldError] {
    var set = ManifestSet()
    let loader = ManifestLoader()
    for document in documents { loader.add(document, of: "manifests.yaml", to: &set) }
    var found: [FieldError] = []
    for problem in set.problems {
      try require(!problem.errors.isEmpty, "a problem without errors: \(problem)")
      for error in problem.errors {
        try check(error, mayConcernWhole: problem.kind.isEmpty)
        found.append(error)
      }
    }
    for item in set.secrets.sorted(by: { $0.key < $1.key }).map(\.value) {
      for error in item.object.validate() {
        try check(error)
        found.append(error)
      }
      found.append(FieldError(field: "description", message: "\(item.object)"))
    }
    let planner = ObjectPlanner(objects: set, version: "0.0.0", clusterNamespace: "keda")
    for item in set.scaledObjects.sorted(by: { $0.key < $1.key }).map(\.value) {
      found += try check(planner.plan(item.object, now: .init(seconds: 1_700_000_000)))
    }
    if documents.count % 2 == 1 { try check(ManifestCheck(set).report()) }
    return found
  }

  /// What `swell check` prints is lines of text, or JSON.
  private static func check(_ report: CheckReport) throws(BrokenInvariant) {
    try require(
      !report.text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control },
      "the report holds a control character: \(report.text.debugDescription)")
    let json = try? JSONSerialization.jsonObject(with: Data(report.json.utf8))
    try require(json is [Any], "the report is not a JSON array: \(report.json.prefix(200))")
  }

  private static func check(_ outcome: ObjectPlanner.Outcome) throws(BrokenInvariant) -> [FieldError] {
    for error in outcome.errors { try check(error) }
    try requireEqual(outcome.plan == nil, !outcome.errors.isEmpty, "no plan, and errors")
    guard let plan = outcome.plan else { return outcome.errors }
    for notice in plan.notices { try check(notice) }
    try require(plan.pollingInterval > .zero, "polling every \(plan.pollingInterval)")
    try require(
      plan.scaling.minReplicaCount >= 0 && plan.scaling.maxReplicaCount >= 0, "negative replicas in \(plan.scaling)")
    try check(plan.hpa)
    return plan.notices
  }

  private static func check(_ hpa: HorizontalPodAutoscaler) throws(BrokenInvariant) {
    let (least, most) = (hpa.spec.minReplicas ?? 1, hpa.spec.maxReplicas)
    try require(least >= 1 && least <= most, "an HPA from \(least) to \(most) replicas")
    try require(!hpa.spec.metrics.isEmpty, "an HPA without metrics")
    for metric in hpa.spec.metrics {
      guard let external = metric.external else { continue }
      let target = external.target.averageValue ?? external.target.value ?? .zero
      try require(target > .zero, "the target \(target) of \(external.metric.name)")
    }
    let encoded = try? JSONEncoder().encode(hpa)
    let again = encoded.flatMap { try? JSONDecoder().decode(HorizontalPodAutoscaler.self, from: $0) }
    try require(again == hpa, "an HPA that is another one when written out and read again")
  }

  private static func check(_ error: FieldError, mayConcernWhole: Bool = false) throws(BrokenInvariant) {
    try require(mayConcernWhole || !error.field.isEmpty, "an error that names no field: \(error.message)")
    try MessageCheck.run(error.description, of: "error at \(error.field)")
  }
}
