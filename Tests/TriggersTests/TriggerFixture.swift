internal import Autoscaling
internal import KubernetesAPI
internal import Questions
internal import Testing

@testable internal import Triggers

/// Triggers as somebody writes them, with what is needed filled in.
enum TriggerFixture {
  static func redis(_ metadata: [String: String] = [:], type: String = "redis-streams") -> TriggerDeclaration {
    declaration(type, ["address": "redis:6379", "stream": "orders"], metadata)
  }

  static func kafka(_ metadata: [String: String] = [:]) -> TriggerDeclaration {
    declaration("kafka", ["bootstrapServers": "kafka:9092", "consumerGroup": "g", "topic": "orders"], metadata)
  }

  static func prometheus(_ metadata: [String: String] = [:]) -> TriggerDeclaration {
    declaration("prometheus", ["serverAddress": "http://prom:9090", "query": "up", "threshold": "10"], metadata)
  }

  private static func declaration(
    _ type: String, _ basis: [String: String], _ metadata: [String: String]
  ) -> TriggerDeclaration {
    TriggerDeclaration(index: 0, type: type, metadata: basis.merging(metadata) { $1 })
  }

  /// The trigger; records an issue when it is refused.
  static func external(_ declaration: TriggerDeclaration) throws -> any ExternalTrigger {
    guard case .external(let trigger) = try TriggerTypes.parse(declaration) else {
      throw TriggerError([FieldError(field: "type", message: "not an external trigger")])
    }
    return trigger
  }

  /// What is wrong with a trigger; empty when nothing is.
  static func problems(_ declaration: TriggerDeclaration) -> [FieldError] {
    do {
      _ = try TriggerTypes.parse(declaration)
      return []
    } catch {
      return error.problems
    }
  }
}

extension ExternalTrigger {
  func outcome(of answer: Answer) -> Reading.Outcome {
    var memory = TriggerMemory.nothing
    return outcome(of: answer, memory: &memory)
  }
}

extension Reading.Outcome {
  var value: Double? { if case .value(let measurement) = self { measurement.value } else { nil } }
  var reason: UnknownReason? { if case .unknown(let reason) = self { reason } else { nil } }
}
