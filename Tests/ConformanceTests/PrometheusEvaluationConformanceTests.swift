internal import Autoscaling
internal import Foundation
internal import KubernetesAPI
internal import Questions
internal import TestSupport
internal import Testing

@testable internal import Triggers

/// `keda/eval-prometheus.json`: the request that is made, and what is read from the answer.
@Suite("Prometheus evaluation Conformance") struct PrometheusEvaluationConformanceTests {
  /// Case → heading in docs/differences-from-keda.md.
  static let differences = [
    "strict-value-null": "Unknown is not zero: null values of Prometheus",
    "status-error-200": "Unknown is not zero: answers of Prometheus that are not results",
    "matrix-result": "Unknown is not zero: answers of Prometheus that are not results",
    "json-null": "Unknown is not zero: answers of Prometheus that are not results",
    "request-trailing-slash-double": "A slash at the end of serverAddress",
  ]

  @Test func everyCase() throws {
    let cases = try ConformanceCases.load("keda/eval-prometheus.json")
    if !ConformanceCases.isForeignDirectory {
      #expect(cases.count == 54)
      #expect(Set(Self.differences.keys).isSubset(of: cases.map(\.id)))
    }
    for item in cases {
      let evaluation = item.expect["evaluation"]
      guard let trigger = trigger(item, evaluation) else { continue }
      if let request = evaluation?["request"], !request.isNull { checkRequest(item.id, trigger, request) }
      checkOutcome(item, trigger, evaluation)
    }
  }

  /// The trigger; nil where both refuse it, KEDA perhaps only when it asks.
  private func trigger(_ item: ConformanceCases.Case, _ evaluation: JSONValue?) -> PrometheusTrigger? {
    switch TriggerCase.parse(TriggerCase(item).declaration) {
    case .success(.external(let trigger)):
      #expect(item.expect["error"]?.string == nil, "\(item.id)")
      return trigger as? PrometheusTrigger
    case .success: return nil
    case .failure(let error):
      let refused = item.expect["error"]?.string ?? evaluation?["error"]?.string
      #expect(refused != nil, "\(item.id): \(error)")
      return nil
    }
  }

  private func checkRequest(_ id: String, _ trigger: PrometheusTrigger, _ request: JSONValue) {
    guard case .http(let endpoint) = trigger.endpoint, case .http(let question) = trigger.question else {
      Issue.record("\(id): not HTTP")
      return
    }
    #expect(endpoint.scheme == request["scheme"]?.string, "\(id)")
    let authority = request["host"]?.string ?? ""
    #expect(authority == "\(endpoint.host):\(endpoint.port)" || authority == endpoint.host, "\(id)")
    let parts = question.target.split(separator: "?", maxSplits: 1).map(String.init)
    let path = request["path"]?.string ?? ""
    // A slash at the end of serverAddress does not double the one of the path.
    #expect(parts[0] == path.replacing("//api/", with: "/api/"), "\(id)")

    let time = "&time=<RFC3339 now>"
    if let raw = request["rawQuery"]?.string {
      #expect(question.appendsTime == raw.contains(time), "\(id)")
      #expect(parts[1] == QueryEscaping.legal(raw.replacing(time, with: "")), "\(id)")
    }
    let query = (request["query"]?.object ?? [:]).mapValues { ($0.array ?? []).compactMap(\.string) }
    #expect(Self.decoded(parts[1]) == query, "\(id)")
    let headers = (request["headers"]?.object ?? [:]).mapValues { ($0.array ?? []).compactMap(\.string) }
    var own: [String: [String]] = [:]
    for header in question.headers { own[Self.canonical(header.name), default: []].append(header.value.reveal()) }
    #expect(own == headers, "\(id)")
  }

  /// A header's name as Go spells it: `X-Scope-Orgid`, but `X_scope_id`.
  private static func canonical(_ name: String) -> String {
    name.split(separator: "-", omittingEmptySubsequences: false)
      .map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }.joined(separator: "-")
  }

  private static func decoded(_ query: String) -> [String: [String]] {
    var result: [String: [String]] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
        QueryEscaping.unescaped($0.replacing("+", with: " "))
      }
      result[parts[0], default: []].append(parts.count == 2 ? parts[1] : "")
    }
    return result
  }

  private func checkOutcome(_ item: ConformanceCases.Case, _ trigger: PrometheusTrigger, _ evaluation: JSONValue?) {
    let response = item.input["response"]
    if response?["error"]?.string != nil { return }  // the source fails; there is no answer to read
    let body = Array((response?["body"]?.string ?? "").utf8)
    let answer = HTTPAnswer(status: Int(clamping: response?["status"]?.integer ?? 0), body: body)
    var memory = TriggerMemory.nothing
    let outcome = trigger.outcome(of: .http(answer), memory: &memory)
    #expect(memory == .nothing, "\(item.id)")

    let fails = evaluation?["error"]?.string != nil || evaluation?["panic"] != nil
    switch outcome {
    case .unknown(let reason):
      #expect(fails || Self.isUnknownHere(item, trigger, body), "\(item.id): \(reason)")
      #expect(!reason.code.isEmpty && !reason.message.isEmpty, "\(item.id)")
    case .value(let measurement):
      let isScalar = (try? PrometheusResponse(body))?.resultType == "scalar"
      #expect(!fails || isScalar, "\(item.id): \(evaluation?["error"]?.string ?? "panic")")
      guard !fails else { return }
      #expect(!Self.isUnknownHere(item, trigger, body), "\(item.id)")
      #expect(Quantity(metric: measurement.value).description == evaluation?["value"]?.string, "\(item.id)")
      #expect(Quantity(metric: measurement.value).canonical == Self.canonical(evaluation), "\(item.id)")
      #expect((measurement.activationValue > trigger.activationThreshold) == evaluation?["active"]?.bool, "\(item.id)")
    }
  }

  /// The recorded value in Swell's canonical form, which writes very large numbers with their exponent.
  private static func canonical(_ evaluation: JSONValue?) -> String? {
    (try? Quantity(parsing: evaluation?["canonical"]?.string ?? ""))?.canonical
  }

  /// KEDA makes a number of it and Swell does not: named above; for cases recorded elsewhere the same rules decide.
  private static func isUnknownHere(_ item: ConformanceCases.Case, _ trigger: PrometheusTrigger, _ body: [UInt8])
    -> Bool
  {
    if let heading = differences[item.id] { return heading.hasPrefix("Unknown is not zero") }
    guard ConformanceCases.isForeignDirectory, let response = try? PrometheusResponse(body) else { return false }
    if !response.isObject || response.status == "error" || response.error != nil { return true }
    if response.resultType == "matrix" || response.result == .absent || response.result == .other { return true }
    return response.result == .series(count: 1, first: .sample(.null)) && !trigger.ignoresNullValues
  }
}
