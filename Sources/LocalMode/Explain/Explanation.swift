internal import Foundation
internal import HTTPSource
internal import Manifests
internal import Questions

/// What a running instance says about one object: `swell explain`.
public struct Explanation: Sendable {
  /// The instance's own words.
  public let json: String
  public let text: String

  /// - Parameters:
  ///   - object: `namespace/name`.
  ///   - server: `http://host:port` of the instance's telemetry.
  public static func fetch(object: String, server: String) async throws(ExplainError) -> Explanation {
    guard let url = URLComponents(string: server), let scheme = url.scheme, ["http", "https"].contains(scheme),
      let host = url.host, !host.isEmpty
    else { throw ExplainError("--server \(server) is not a URL: write, for example, http://127.0.0.1:8080") }
    let endpoint = HTTPEndpoint(scheme: scheme, host: host, port: url.port ?? (scheme == "https" ? 443 : 80))
    let base =
      (url.percentEncodedPath.hasSuffix("/") ? String(url.percentEncodedPath.dropLast()) : url.percentEncodedPath)
    let path =
      base + "/api/v1/scaledobjects/" + (object.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? object)
    let transport: HTTPTransport
    do {
      transport = try HTTPTransport(environment: ProcessInfo.processInfo.environment)
    } catch {
      throw ExplainError(error.message)
    }
    let source = HTTPSource(endpoint: endpoint, transport: transport, now: { 0 })
    let answers = await source.answers(
      to: [.http(HTTPQuestion(target: path)), .http(HTTPQuestion(target: path + "/decisions"))], timeout: .seconds(5))
    await transport.shutdown()
    let bodies = try answers.map { answer throws(ExplainError) in try body(of: answer, endpoint: endpoint) }
    guard bodies.count == 2, let state = try? JSONDecoder().decode(ObjectState.self, from: bodies[0]),
      let decisions = try? JSONDecoder().decode(Decisions.self, from: bodies[1])
    else { throw ExplainError("\(endpoint) does not answer as Swell does: is this its telemetry port?") }
    let json =
      "{\"object\": \(String(decoding: bodies[0], as: UTF8.self)), \"decisions\": \(String(decoding: bodies[1], as: UTF8.self))}\n"
    return Explanation(json: json, text: render(state, decisions.items))
  }

  private static func body(
    of answer: Result<Answer, SourceError>, endpoint: HTTPEndpoint
  ) throws(ExplainError) -> Data {
    switch answer {
    case .failure(let error):
      throw ExplainError("\(error.message): is an instance running there, and is --server its telemetry port?")
    case .success(.http(let answer)):
      let body = Data(answer.body)
      guard answer.status == 200 else {
        let problem = try? JSONDecoder().decode(Problem.self, from: body)
        throw ExplainError(problem?.error ?? "\(endpoint) answered with status \(answer.status)")
      }
      return body
    case .success: throw ExplainError("\(endpoint) gave no HTTP answer")
    }
  }

  private static func render(_ object: ObjectState, _ decisions: [Decision]) -> String {
    if let replica = object.replica, !replica.leads { return renderFollower(object, replica) }
    let current = object.currentReplicas.map(String.init) ?? "?"
    let desired = object.desiredReplicas.map(String.init) ?? "?"
    var states = [object.active ?? false ? "active" : "not active"]
    if object.paused { states.append("paused") }
    if object.fallback ?? false { states.append("fallback") }
    var lines = [
      "\(object.namespace)/\(object.name): \(current) \(current == "1" ? "replica" : "replicas"), the metrics ask for \(desired) (\(states.joined(separator: ", ")), min \(object.minReplicas), max \(object.maxReplicas))"
    ]
    if let problem = object.problem { lines.append("  problem: \(problem)") }
    for (index, reason) in object.reasons.enumerated() {
      lines.append((index == 0 ? "  because " : "      and ") + reason.message)
    }
    lines += triggerLines(of: object)
    lines.append("last decisions, newest first")
    for decision in decisions {
      let change =
        decision.scaledTo.map { "\(decision.currentReplicas) -> \($0)" } ?? "stays at \(decision.currentReplicas)"
      let times = decision.times > 1 ? " (\(decision.times) times since \(decision.since))" : ""
      let why = decision.reasons.first?.message ?? ""
      lines.append("  \(decision.time) \(decision.author == "hpa" ? "HPA  " : "Swell") \(change): \(why)\(times)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func triggerLines(of object: ObjectState) -> [String] {
    var lines = ["triggers"]
    for trigger in object.triggers {
      let value = trigger.value.map(\.shortText) ?? "unknown (\(trigger.unknown ?? "no reading"))"
      let asked = trigger.failure.map { ", falling back because \($0)" } ?? ""
      let read = asked + (trigger.readAt.map { ", \(trigger.isRead ? "read" : "asked") at \($0)" } ?? "")
      lines.append("  \(trigger.index) \(trigger.metricName): \(value) / \(trigger.target)\(read)")
    }
    return lines
  }

  /// A replica that follows has decided nothing: it tells who does, and what it has read itself.
  private static func renderFollower(_ object: ObjectState, _ replica: ObjectState.Replica) -> String {
    let leader = replica.leader.map { "\($0) leads and decides: ask that one" } ?? "nobody leads now"
    let lines = [
      "\(object.namespace)/\(object.name): the replica that answers (\(replica.name)) follows; \(leader)",
      "what it has read itself, when it was asked for a metric:",
    ]
    return (lines + triggerLines(of: object)).joined(separator: "\n") + "\n"
  }
}

/// Why nothing could be explained.
public struct ExplainError: Error, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

private struct Problem: Decodable {
  var error: String
}

private struct ObjectState: Decodable {
  var namespace: String
  var name: String
  var active: Bool?
  var paused: Bool
  var fallback: Bool?
  var currentReplicas: Int32?
  var desiredReplicas: Int32?
  var minReplicas: Int32
  var maxReplicas: Int32
  var reasons: [Reason]
  var triggers: [Trigger]
  /// In a cluster: who has answered.
  var replica: Replica?
  /// What keeps the object from being scaled as it is written now.
  var problem: String?

  struct Replica: Decodable {
    var name: String
    var leads: Bool
    var leader: String?
  }

  struct Trigger: Decodable {
    var index: Int
    var metricName: String
    var target: String
    var value: Double?
    var unknown: String?
    var failure: String?
    var readAt: String?

    var isRead: Bool { unknown == nil && failure == nil }
  }
}

private struct Reason: Decodable {
  var code: String
  var message: String
}

private struct Decisions: Decodable {
  var items: [Decision]
}

private struct Decision: Decodable {
  var time: String
  var since: String
  var times: Int
  var author: String
  var currentReplicas: Int32
  var scaledTo: Int32?
  var reasons: [Reason]
}
