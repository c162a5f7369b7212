internal import Admission
internal import Engine
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import Polling
internal import TestSupport
internal import Testing

/// `keda/validation.json`, every row: as the API server would send it to the webhook, with the row's own cluster.
@Suite("Admission Conformance")
struct AdmissionConformanceTests {
  static let file = "keda/validation.json"

  /// Rows where Swell differs on purpose, by the heading in docs/differences-from-keda.md that says why. What makes a row
  /// one of these is said by `ruled(_:_:)`, which decides for rows that were recorded elsewhere.
  static let differences: [String: Difference] = [
    "trig-unknown-type-ok": .denied("Trigger metadata is validated at admission", "spec.triggers[0].type: no scaler"),
    "trig-cached-kafka": .denied("Trigger metadata is validated at admission", "spec.triggers[0].metadata."),
    "so-hpa-name-clash-custom-default-with-advanced-panics": .denied(
      "Two ScaledObjects with one HPA name",
      "the HPA 'keda-hpa-shipping' is already managed by the ScaledObject 'shipping'"
    ),
    "so-other-unknown-kind-blocks": unknownKindOfOthers, "hpa-unknown-kind-blocks-everything": unknownKindOfOthers,
    "hpa-bad-apiversion": unknownKindOfOthers,
    "sm-unknown-name": formula, "sm-syntax": formula, "sm-bool-result": formula,
    "sm-trigger-without-name-used": formula, "sm-coalesce-nil": formula,
    "sm-validation-dummy-minus-one-breaks-index": formula,
  ]

  enum Difference: Equatable {
    /// The heading, and how the refusal begins.
    case denied(String, String)
    /// The heading, and how a warning begins.
    case warned(String, String)
    /// The heading.
    case admitted(String)

    var heading: String {
      switch self {
      case .denied(let heading, _), .warned(let heading, _), .admitted(let heading): heading
      }
    }
  }

  private static let unknownKindOfOthers = Difference.admitted("An unknown kind stops its own object only")
  private static let formula = Difference.warned(
    "Formulas are not compiled at admission", "spec.advanced.scalingModifiers: formulas")

  @Test func everyRowThroughTheWebhook() async throws {
    let cases = try ConformanceCases.load(Self.file)
    if !ConformanceCases.isForeignDirectory { #expect(cases.count > 130) }
    for item in cases {
      let answer = try await Self.answer(to: item)
      #expect(answer.uid == "uid-\(item.id)", "\(item.id)")
      let ruled = Self.ruled(item, answer)
      let difference = ConformanceCases.isForeignDirectory ? ruled : Self.differences[item.id]
      #expect(difference?.heading == ruled?.heading, "\(item.id): the rule and the list disagree")
      switch difference {
      case .denied(_, let start):
        #expect(!answer.allowed, "\(item.id)")
        #expect(answer.status?.message?.hasPrefix(start) == true, "\(item.id): \(answer.status?.message ?? "")")
      case .warned(_, let start):
        #expect(answer.allowed, "\(item.id): \(answer.status?.message ?? "")")
        #expect(answer.warnings?.contains { $0.hasPrefix(start) } == true, "\(item.id)")
      case .admitted:
        #expect(answer.allowed, "\(item.id): \(answer.status?.message ?? "")")
      case nil:
        try Self.compare(answer, item)
      }
    }
  }

  private static func compare(_ answer: AdmissionResponse, _ item: ConformanceCases.Case) throws {
    let allowed = try #require(item.expect["allowed"]?.bool as Bool?, "\(item.id)")
    let message = answer.status?.message ?? ""
    #expect(answer.allowed == allowed, "\(item.id): \(message)")
    let recorded = Self.recorded(item)
    #expect(allowed == (answer.status == nil), "\(item.id)")
    if !allowed {
      #expect(answer.status?.code == 403 && answer.status?.reason == "Forbidden", "\(item.id)")
      #expect(!recorded.isEmpty, "\(item.id)")
    }
    for text in recorded where !isFormula(text) && !isKindOfOthers(text, item) {
      // Below the first line stand the words of a parser of another language.
      var line = text.split(separator: "\n").first.map(String.init) ?? text
      // KEDA prints the name that the other object was given, which is empty where it has the default one.
      line = line.replacing("the HPA '' is", with: "the HPA '\(ownHPAName(item))' is")
      #expect(message.split(separator: "\n").map(String.init).contains(line), "\(item.id): \(message)")
    }
    // KEDA's warnings exactly; Swell's own, which begin with the field, beside them.
    let warnings = (answer.warnings ?? []).filter { $0.contains(" is configured but is not relevant") }
    #expect(warnings == (item.expect["warnings"]?.array ?? []).compactMap(\.string), "\(item.id)")
  }

  // MARK: Differences by rule

  private static func recorded(_ item: ConformanceCases.Case) -> [String] {
    (item.expect["messageOneOf"]?.array ?? [item.expect["message"] ?? .null]).compactMap(\.string)
  }

  /// What in a row makes Swell differ.
  private static func ruled(_ item: ConformanceCases.Case, _ answer: AdmissionResponse) -> Difference? {
    let recorded = recorded(item)
    if let panic = item.expect["panic"], !panic.isNull {
      return .denied("Two ScaledObjects with one HPA name", "the HPA '")
    }
    if !recorded.isEmpty {
      if recorded.allSatisfy(isFormula) { return formula }
      if recorded.allSatisfy({ isKindOfOthers($0, item) }) { return unknownKindOfOthers }
      return loses(finalizersOf: item) ? .admitted("An object can always lose its finalizer") : nil
    }
    let lines = (answer.status?.message ?? "").split(separator: "\n")
    guard item.expect["allowed"]?.bool == true, !lines.isEmpty else { return nil }
    if lines.allSatisfy({ $0.hasPrefix("spec.triggers[") }) {
      return .denied("Trigger metadata is validated at admission", "spec.triggers[")
    }
    let target = item.input["object"]?["spec"]?["advanced"]?["scalingModifiers"]?["target"]?.string
    if let number = target.flatMap({ Double($0) }), !number.isFinite {
      return .denied("A composite target that does not fit is an error", "error validating target in ScalingModifiers")
    }
    return nil
  }

  /// Refused by the formula alone, which Swell does not compile.
  private static func isFormula(_ text: String) -> Bool {
    text.hasPrefix("error validating formula in ScalingModifiers")
      && !text.hasSuffix("formula is given but target is empty")
  }

  /// About the kind of another object's target.
  private static func isKindOfOthers(_ text: String, _ item: ConformanceCases.Case) -> Bool {
    let own = item.input["object"]?["spec"]?["scaleTargetRef"]
    let (kind, version) = (own?["kind"]?.string ?? "", own?["apiVersion"]?.string ?? "")
    if text.hasPrefix("unexpected GroupVersion string: ") { return !text.hasSuffix(": \(version)") }
    let ownText =
      "no matches for kind \"\(kind.isEmpty ? "Deployment" : kind)\" in version "
      + "\"\(version.isEmpty ? "apps/v1" : version)\""
    return text.hasPrefix("no matches for kind ") && text != ownText
  }

  private static func loses(finalizersOf item: ConformanceCases.Case) -> Bool {
    guard let old = item.input["oldObject"], let object = item.input["object"] else { return false }
    func count(_ object: JSONValue) -> Int { object["metadata"]?["finalizers"]?.array?.count ?? 0 }
    return count(object) < count(old) && object["spec"] == old["spec"]
  }

  private static func ownHPAName(_ item: ConformanceCases.Case) -> String {
    let object = item.input["object"]
    let name = object?["spec"]?["advanced"]?["horizontalPodAutoscalerConfig"]?["name"]?.string ?? ""
    return name.isEmpty ? "keda-hpa-\(object?["metadata"]?["name"]?.string ?? "")" : name
  }

  private static func answer(to item: ConformanceCases.Case) async throws -> AdmissionResponse {
    let object = try #require(item.input["object"])
    let operation = try #require(item.input["operation"]?.string as String?).uppercased()
    let kind = try #require(object["kind"]?.string as String?)
    var request: [String: JSONValue] = [
      "uid": .string("uid-\(item.id)"), "operation": .string(operation),
      "kind": ["group": "keda.sh", "version": "v1alpha1", "kind": .string(kind)],
      "name": object["metadata"]?["name"] ?? "", "namespace": object["metadata"]?["namespace"] ?? "",
      "dryRun": item.input["dryRun"] ?? false, "userInfo": ["username": "somebody"],
    ]
    if operation == "DELETE" { request["oldObject"] = object } else { request["object"] = object }
    if let old = item.input["oldObject"] { request["oldObject"] = old }
    let review: JSONValue = [
      "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": .object(request),
    ]
    let responder = AdmissionResponder(
      reviewer: AdmissionReviewer(
        facts: RecordedCluster(item), clusterNamespace: "swell-system", time: ManualTime()))
    let post = try #require(
      HTTPRequest(
        method: .post, target: "/validate-keda-sh-v1alpha1-\(kind.lowercased())?timeout=10s",
        headers: [("Content-Type", "application/json")], body: Array(JSONEncoder().encode(review))))
    guard case .later(let respond) = responder.respond(to: post) else { throw Unanswered(id: item.id) }
    let response = await respond()
    #expect(response.status == 200, "\(item.id): \(String(decoding: response.body, as: UTF8.self))")
    let answer = try JSONDecoder().decode(AdmissionReview.self, from: Data(response.body))
    #expect(answer.apiVersion == "admission.k8s.io/v1" && answer.kind == "AdmissionReview")
    return try #require(answer.response, "\(item.id)")
  }

  struct Unanswered: Error { var id: String }
}

/// The cluster of one row.
private struct RecordedCluster: AdmissionFacts, ConfigurationObjects {
  private let objects: [JSONValue]
  /// What only the API server itself knows yet.
  private let direct: [JSONValue]

  init(_ item: ConformanceCases.Case) {
    objects = item.input["clusterObjects"]?.array ?? []
    direct =
      item.input["cacheMissToDirectClient"]?.bool == true ? item.input["directClientObjects"]?.array ?? [] : []
  }

  private func all<Object: Decodable>(
    _ kind: String, in namespace: String, as type: Object.Type
  ) throws(AdmissionFactError) -> [Object] {
    do {
      return try objects.filter {
        $0["kind"]?.string == kind && $0["metadata"]?["namespace"]?.string == namespace
      }.map { json in
        let (value, errors) = StrictDecoder.decode(type, from: json, unknownFields: .ignored)
        guard let value else { throw AdmissionFactError("\(errors)") }
        return value
      }
    } catch {
      throw AdmissionFactError("\(error)")
    }
  }

  func scaledObjects(in namespace: String) async throws(AdmissionFactError) -> [ScaledObject] {
    try all("ScaledObject", in: namespace, as: ScaledObject.self)
  }

  func horizontalPodAutoscalers(
    in namespace: String
  ) async throws(AdmissionFactError) -> [HorizontalPodAutoscaler] {
    // The rows leave the metrics out, which the API server would default.
    try all("HorizontalPodAutoscaler", in: namespace, as: RecordedAutoscaler.self).map {
      HorizontalPodAutoscaler(
        metadata: $0.metadata,
        spec: HPASpec(
          scaleTargetRef: CrossVersionObjectReference(
            apiVersion: $0.spec.scaleTargetRef.apiVersion, kind: $0.spec.scaleTargetRef.kind ?? "",
            name: $0.spec.scaleTargetRef.name), minReplicas: nil, maxReplicas: 1, metrics: []))
    }
  }

  func limitRanges(in namespace: String) async throws(AdmissionFactError) -> [LimitRange] {
    try all("LimitRange", in: namespace, as: LimitRange.self)
  }

  func workload(_ target: TargetReference) async throws(AdmissionFactError) -> Workload? {
    let cached = try all(target.kind, in: target.namespace, as: Workload.self)
    let others = direct.compactMap {
      StrictDecoder.decode(Workload.self, from: $0, unknownFields: .ignored).value
    }
    return (cached + others).first { $0.kind == target.kind && $0.metadata.name == target.name }
  }

  /// What the README of the data says that KEDA's mapper knew.
  func isKnown(apiVersion: String, kind: String) async throws(AdmissionFactError) -> Bool {
    [
      "apps/v1/Deployment", "apps/v1/StatefulSet", "apps/v1/ReplicaSet", "argoproj.io/v1alpha1/Rollout", "batch/v1/Job",
    ].contains("\(apiVersion)/\(kind)")
  }

  func configuration(for object: ScaledObject) async -> any ConfigurationObjects { self }

  func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? { nil }
  func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? { nil }
  func secret(_ name: String, namespace: String) -> Secret? { nil }
  func configMap(_ name: String, namespace: String) -> ConfigMap? { nil }
  func workload(_ target: TargetReference) -> Workload? { nil }
}

private struct RecordedAutoscaler: Decodable {
  struct Spec: Decodable { var scaleTargetRef: ScaleTarget }

  var metadata: ObjectMeta
  var spec: Spec
}
