internal import Foundation
internal import TestSupport

/// A running `swell local` on ports of its own, with short times.
final class LocalSwell: Sendable {
  let run: SwellRun
  /// `https://127.0.0.1:port`: the external metrics API.
  let api: String
  /// `http://127.0.0.1:port`: telemetry and the JSON API.
  let telemetry: String

  /// Returns when both servers listen. The HPA decides every second, pods are ready at once, unless `options` say
  /// otherwise.
  static func start(_ manifests: String, options: [String] = []) async throws -> LocalSwell {
    let defaults = ["--secure-port", "0", "--metrics-port", "0", "--hpa-sync-period", "1s", "--pod-start-seconds", "0"]
    // Should everything else fail, it ends by itself.
    let run = try await SwellRun.start(
      ["local", "-f", manifests, "-o", "json", "--duration", "170s"] + defaults + options)
    try await run.process.waitUntil("it says where it listens") { run.errors.contains("/api/v1/scaledobjects") }
    guard let api = run.errors.firstMatch(of: /https:\/\/[0-9.:]+/)?.output,
      let telemetry = run.errors.firstMatch(of: /http:\/\/[0-9.:]+/)?.output
    else { throw Unexpected("no addresses in: \(run.errors)") }
    return LocalSwell(run, String(api), String(telemetry))
  }

  private init(_ run: SwellRun, _ api: String, _ telemetry: String) {
    self.run = run
    self.api = api
    self.telemetry = telemetry
  }

  static let group = "/apis/external.metrics.k8s.io/v1beta1"

  /// Remarks so far: standard error.
  var remarks: String { run.errors }

  /// The path of a metric, with the selector for one ScaledObject where one is named.
  static func path(_ metric: String, in namespace: String, of object: String? = nil) -> String {
    let selector = object.map { "?labelSelector=scaledobject.keda.sh%2Fname%3D\($0)" } ?? ""
    return "\(group)/namespaces/\(namespace)/\(metric)\(selector)"
  }

  func get(_ metric: String, in namespace: String, of object: String? = nil) async throws -> CurlReply {
    try await CurlReply.get(api + Self.path(metric, in: namespace, of: object))
  }

  /// The object as the JSON API tells it; nil when it is not there.
  func object(_ name: String, in namespace: String) async throws -> ObjectView? {
    let reply = try await CurlReply.get("\(telemetry)/api/v1/scaledobjects/\(namespace)/\(name)")
    return reply.status == 200 ? try reply.decoded(as: ObjectView.self) : nil
  }

  /// Every decision so far, of one object or of all.
  func decisions(_ name: String? = nil) throws -> [DecisionLine] {
    try run.output.split(separator: "\n").compactMap { line in
      // The last line may still be on its way.
      guard line.hasSuffix("}") else { return nil }
      let decision = try JSONDecoder().decode(DecisionLine.self, from: Data(line.utf8))
      return name == nil || decision.name == name ? decision : nil
    }
  }

  /// Waits for the first decision that is as wanted.
  @discardableResult
  func waitForDecision(
    _ what: String, of name: String? = nil, after count: Int = 0, within limit: Duration = .seconds(30),
    _ condition: (DecisionLine) -> Bool
  ) async throws -> DecisionLine {
    var found: DecisionLine?
    do {
      try await run.process.waitUntil(what, within: limit) {
        found = try decisions(name).dropFirst(count).first(where: condition)
        return found != nil
      }
    } catch let error as DeadlinePassed {
      throw DeadlinePassed(what: error.what, details: error.details + "\n" + remarks)
    }
    guard let found else { throw DeadlinePassed(what: what, details: remarks) }
    return found
  }

  /// Waits until it has remarked this.
  func waitForRemark(_ text: String, within limit: Duration = .seconds(15)) async throws {
    do {
      try await eventually("it remarks \"\(text)\"", within: limit) { remarks.contains(text) }
    } catch {
      throw DeadlinePassed(what: "it remarks \"\(text)\"", details: remarks)
    }
  }

  func stop() async { await run.process.stop() }
}

/// One line of `swell local -o json`.
struct DecisionLine: Decodable, Equatable {
  struct Reason: Decodable, Equatable {
    var code: String
    var message: String
  }

  struct Trigger: Decodable, Equatable {
    var metricName: String
    var value: Double?
    var unknown: String?
    var target: String
    var active: Bool
  }

  var time: String
  var namespace: String
  var name: String
  var author: String
  var active: Bool
  var currentReplicas: Int
  var desiredReplicas: Int
  var scaledTo: Int?
  var reasons: [Reason]
  var triggers: [Trigger]

  var codes: [String] { reasons.map(\.code) }
  /// Swell's own loop, not the HPA.
  var isLoop: Bool { author == "scaleLoop" }

  /// Seconds since 1970.
  var seconds: Double {
    get throws {
      try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(time).timeIntervalSince1970
    }
  }
}

/// What the tests read of `/api/v1/scaledobjects/NAMESPACE/NAME`.
struct ObjectView: Decodable {
  struct Trigger: Decodable {
    var metricName: String
    var value: Double?
    var unknown: String?
  }

  var currentReplicas: Int?
  var desiredReplicas: Int?
  var fallback: Bool
  var reasons: [DecisionLine.Reason]
  var triggers: [Trigger]
}

/// What an HPA controller's client reads of an answer of the metrics API.
struct ExternalMetricValueList: Decodable {
  struct Item: Decodable {
    var metricName: String
    var metricLabels: [String: String]?
    var timestamp: String
    var value: String
  }

  var kind: String
  var apiVersion: String
  var items: [Item]
}

/// A Kubernetes `Status`.
struct StatusView: Decodable {
  var kind: String
  var status: String
  var message: String
  var reason: String
  var code: Int
}
