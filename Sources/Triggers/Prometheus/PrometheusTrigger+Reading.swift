internal import Autoscaling
internal import KubernetesAPI
internal import Questions

extension PrometheusTrigger {
  func outcome(of answer: Answer, memory: inout TriggerMemory) -> Reading.Outcome {
    guard case .http(let answer) = answer else { return .unknown(.otherSource) }
    do {
      return .value(try measurement(of: answer))
    } catch {
      return .unknown(error)
    }
  }

  private func measurement(of answer: HTTPAnswer) throws(UnknownReason) -> Measurement {
    guard (200..<300).contains(answer.status) else { throw refusal(answer) }
    let response: PrometheusResponse
    do {
      response = try PrometheusResponse(answer.body)
    } catch {
      throw UnknownReason(
        code: "malformedAnswer",
        message: answer.body.isEmpty
          ? "Prometheus answered with an empty body"
          : "Prometheus answered with something that is not JSON (at byte \(error.offset)): check serverAddress")
    }
    guard response.isObject else {
      throw UnknownReason(code: "malformedAnswer", message: "the answer is not one of Prometheus: check serverAddress")
    }
    if response.status == "error" || response.error != nil {
      throw UnknownReason(code: "refusedByServer", message: "Prometheus reports: \(Self.words(response.error))")
    }
    return try measurement(of: response)
  }

  private func measurement(of response: PrometheusResponse) throws(UnknownReason) -> Measurement {
    switch (response.resultType, response.result) {
    case ("matrix", _):
      throw UnknownReason(
        code: "wrongType",
        message: "the query gives a range of values: take the range selector off, or write rate(…[2m])")
    case ("string", _):
      throw UnknownReason(code: "wrongType", message: "the query gives text, not a number")
    case (_, .absent), (_, .other):
      throw UnknownReason(code: "malformedAnswer", message: "Prometheus answered without a result: check serverAddress")
    case (_, .null):
      return try assumedZero("emptyAnswer", "the query's result is empty")
    case (_, .series(let count, let pair)):
      if count == 0 { return try assumedZero("emptyAnswer", "the query's result is empty") }
      guard count == 1 else {
        throw UnknownReason(
          code: "severalSeries", message: "the query gives \(count) series: make them one, for example with sum(…)")
      }
      return try measurement(of: pair)
    case (_, .pair(let pair)):
      return try measurement(of: pair)
    }
  }

  private func measurement(of pair: PrometheusResponse.Pair) throws(UnknownReason) -> Measurement {
    switch pair {
    case .empty:
      return try assumedZero("emptyAnswer", "the query's result has no value")
    case .incomplete:
      throw UnknownReason(code: "malformedAnswer", message: "the query's result has a time but no value")
    case .sample(.other):
      throw UnknownReason(code: "wrongType", message: "the query's result is not a number written as text")
    case .sample(.null):
      // KEDA's number for a null value is -1: it is served as 0 and is not above a negative activation threshold.
      return try assumedZero("nullValue", "the query's result is null", activationValue: -1)
    case .sample(.text(let text)):
      guard let value = GoNumber.float(text) else {
        throw UnknownReason(code: "wrongType", message: "the query's result \"\(shortened(text))\" is not a number")
      }
      if value.isNaN { return try assumedZero("notANumber", "the query's result is NaN") }
      if value.isInfinite { return try assumedZero("infinite", "the query's result is infinite: \(shortened(text))") }
      return Measurement(value)
    }
  }

  /// 0 where `ignoreNullValues` says so.
  private func assumedZero(
    _ code: String, _ message: String, activationValue: Double = 0
  ) throws(UnknownReason) -> Measurement {
    guard ignoresNullValues else { throw UnknownReason(code: code, message: message) }
    return Measurement(0, activationValue: activationValue, isAssumedFromEmptyAnswer: true)
  }

  /// An answer with another status than success. Prometheus explains itself in the field `error`.
  private func refusal(_ answer: HTTPAnswer) -> UnknownReason {
    let words = (try? PrometheusResponse(answer.body))?.error
    let advice =
      switch answer.status {
      case 401, 403: "check authModes and the TriggerAuthentication"
      case 300..<400: "the server redirects: write the final address in serverAddress"
      case 404: "check the path in serverAddress"
      default: ""
      }
    let details = [words.map { Self.words($0) }, advice.isEmpty ? nil : advice].compactMap(\.self)
    let suffix = details.isEmpty ? "" : ": " + details.joined(separator: "; ")
    return UnknownReason(code: "httpStatus", message: "Prometheus answered with status \(answer.status)\(suffix)")
  }

  private static func words(_ error: String?) -> String {
    guard let error, !error.isEmpty else { return "an error without explanation" }
    return shortened(error, to: 200)
  }
}
