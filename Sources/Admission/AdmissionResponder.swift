internal import Foundation
public import HTTPServing
internal import KubernetesAPI

/// Serves the validating webhook: `AdmissionReview` (`admission.k8s.io/v1`) in and out, by POST, in JSON.
public struct AdmissionResponder: HTTPResponder {
  /// Told of each review, for logs and events; must be quick.
  public typealias Observer = @Sendable (AdmissionOutcome) -> Void

  /// Two objects of the greatest size that etcd takes, with what is around them.
  public let maximumBody = 7 * 1024 * 1024

  private let reviewer: AdmissionReviewer
  private let statistics: AdmissionStatistics
  private let onOutcome: Observer

  public init(
    reviewer: AdmissionReviewer, statistics: AdmissionStatistics = AdmissionStatistics(),
    onOutcome: @escaping Observer = { _ in }
  ) {
    self.reviewer = reviewer
    self.statistics = statistics
    self.onOutcome = onOutcome
  }

  public func respond(to request: HTTPRequest) -> HTTPReply {
    guard let kind = AdmissionKind(path: request.path) else {
      return .now(.text("the server could not find the requested resource\n", status: 404))
    }
    guard request.method == .post else {
      var refusal = HTTPResponse.text("use POST\n", status: 405)
      refusal.headers = [("allow", "POST")]
      return .now(refusal)
    }
    let type = (request.header("content-type") ?? "").prefix { $0 != ";" }
    guard type.trimmingCharacters(in: .whitespaces).lowercased() == HTTPResponse.json else {
      return .now(.text("contentType=\(shortened(type)), expected application/json\n", status: 415))
    }
    let body = request.body
    // Reading megabytes of JSON is no work for an event loop.
    return .later { await answer(to: body, about: kind) }
  }

  private func answer(to body: [UInt8], about kind: AdmissionKind) async -> HTTPResponse {
    guard !body.isEmpty else { return Self.malformed("the request has no body") }
    let review: AdmissionReview
    do {
      review = try JSONDecoder().decode(AdmissionReview.self, from: Data(body))
    } catch let error as DecodingError {
      return Self.malformed("the body is no AdmissionReview: \(error.place)")
    } catch {
      return Self.malformed("the body is no JSON")
    }
    guard review.apiVersion == AdmissionReview.apiVersion, review.kind == AdmissionReview.kind else {
      return Self.malformed(
        "the body is \(shortened(review.apiVersion)) \(shortened(review.kind)), expected \(AdmissionReview.apiVersion) "
          + AdmissionReview.kind)
    }
    guard let request = review.request else { return Self.malformed("the AdmissionReview has no request") }
    guard !request.uid.isEmpty else { return Self.malformed("the request has no uid") }
    let outcome = await reviewer.review(request, of: kind)
    if !outcome.isSkipped, kind == .scaledObject || kind == .scaledJob { statistics.count(outcome) }
    onOutcome(outcome)
    return Self.encode(AdmissionReview(response: AdmissionResponse(outcome, uid: request.uid)))
  }

  private static func malformed(_ message: String) -> HTTPResponse { .text(message + "\n", status: 400) }

  private static func encode(_ review: AdmissionReview) -> HTTPResponse {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let body = try? encoder.encode(review) else {
      return .text("the answer cannot be written\n", status: 500)
    }
    return HTTPResponse(body: Array(body))
  }
}

extension AdmissionResponse {
  /// The API server passes on 4,096 bytes of warnings in all and prefers short ones.
  private static let maximumWarnings = 20
  private static let maximumWarningLength = 250

  init(_ outcome: AdmissionOutcome, uid: String) {
    var warnings = outcome.warnings.prefix(Self.maximumWarnings).map { shortened($0, to: Self.maximumWarningLength) }
    if outcome.warnings.count > warnings.count {
      warnings.append("and \(outcome.warnings.count - warnings.count) more")
    }
    self.init(
      uid: uid, allowed: outcome.isAllowed, status: outcome.isAllowed ? nil : Status(refusing: outcome),
      warnings: warnings.isEmpty ? nil : warnings)
  }
}

extension Status {
  private static let maximumViolations = 100

  /// 403, as from KEDA: of a 422, kubectl shows the fields alone and not the message.
  fileprivate init(refusing outcome: AdmissionOutcome) {
    let violations = outcome.violations.prefix(Self.maximumViolations)
    let causes = violations.map {
      StatusCause(reason: "FieldValueInvalid", message: $0.error.message, field: $0.error.field)
    }
    var lines = violations.reduce(into: [String]()) { lines, violation in
      for line in violation.lines where !lines.contains(line) { lines.append(line) }
    }
    if outcome.violations.count > violations.count {
      lines.append("and \(outcome.violations.count - violations.count) more")
    }
    self.init(
      message: lines.joined(separator: "\n"), reason: "Forbidden",
      details: StatusDetails(name: outcome.name, group: "keda.sh", kind: outcome.kind, causes: Array(causes)),
      code: 403)
  }
}

extension AdmissionViolation {
  /// KEDA's words, then the field and what to write instead.
  fileprivate var lines: [String] {
    message == error.description ? [message] : [message, "  \(error)"]
  }
}

extension DecodingError {
  /// Where the text is wrong; its values are not repeated.
  fileprivate var place: String {
    let context: Context? =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      @unknown default: nil
      }
    let path = (context?.codingPath ?? []).map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      .joined(separator: ".")
    if case .keyNotFound(let key, _) = self {
      return shortened((path.isEmpty ? "" : path + ".") + key.stringValue, to: 200) + " is missing"
    }
    return path.isEmpty ? "it is no JSON object" : "\(shortened(path, to: 200)) is wrong"
  }
}
