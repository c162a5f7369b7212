public import Autoscaling
public import KubernetesAPI
public import Questions

/// One entry of `spec.triggers`, parsed: what to ask whom, how to read the answer, and the target to divide by.
/// Adding a trigger type = one file with a type like this, one line in `TriggerTypes`, one test file.
public protocol ExternalTrigger: Sendable {
  /// Parses and validates. Throws one `TriggerError` that names every bad input.
  init(_ declaration: TriggerDeclaration) throws(TriggerError)

  var metric: ExternalMetric { get }
  /// The trigger is active when the reading's `activationValue` is greater than this.
  var activationThreshold: Double { get }
  var endpoint: Endpoint { get }
  var question: Question { get }

  /// Reads an answer. Pure: what a trigger must remember from one answer to the next (kafka's committed offsets) is
  /// kept in `memory` by the caller. Never guesses: what cannot be read is `unknown`.
  func outcome(of answer: Answer, memory: inout TriggerMemory) -> Reading.Outcome

  /// Keys of the metadata that mean nothing to this trigger, sorted. They are no error: manifests stay portable.
  var unknownKeys: [String] { get }
  /// Settings that are understood but have no effect, and the like. They stop nothing.
  var notices: [FieldError] { get }
}

extension ExternalTrigger {
  public var unknownKeys: [String] { [] }
  public var notices: [FieldError] { [] }
}

/// What a trigger remembers between two answers.
public enum TriggerMemory: Hashable, Sendable {
  case nothing
  /// The committed offset last seen, by topic and partition.
  case committedOffsets([String: [Int32: Int64]])
}

/// How a trigger's metric is called and what it is divided by.
public struct ExternalMetric: Hashable, Sendable {
  /// As KEDA names it: `s0-redis-streams-orders`.
  public var name: String
  /// What an operator would type: `redis_stream_length`.
  public var alias: String
  public var targetType: TargetType
  public var target: Quantity

  public init(name: String, alias: String, targetType: TargetType, target: Quantity) {
    self.name = name
    self.alias = alias
    self.targetType = targetType
    self.target = target
  }
}

public enum TargetType: String, Sendable, Codable {
  /// The target is what one replica handles.
  case averageValue = "AverageValue"
  /// The target is for all replicas together.
  case value = "Value"
}

/// What a user wrote for one trigger, with everything that comes from elsewhere already resolved.
public struct TriggerDeclaration: Sendable {
  /// Position in `spec.triggers`, from 0; counts cpu and memory triggers too.
  public var index: Int
  public var type: String
  public var name: String?
  public var metricType: String?
  public var metadata: [String: String]
  /// Parameters from the TriggerAuthentication.
  public var authentication: [String: SecretText]
  /// `podIdentity.provider` of the TriggerAuthentication; empty or `none` when there is none.
  public var podIdentity: String
  /// The environment of the target's container, for `…FromEnv`.
  public var environment: [String: SecretText]
  /// The ScaledObject uses scalingModifiers, so that the trigger's own target is optional.
  public var isMetricSource: Bool
  /// How long an HTTP question may take unless the trigger says otherwise.
  public var httpTimeout: Duration

  public init(
    index: Int, type: String, name: String? = nil, metricType: String? = nil, metadata: [String: String],
    authentication: [String: SecretText] = [:], podIdentity: String = "", environment: [String: SecretText] = [:],
    isMetricSource: Bool = false, httpTimeout: Duration = .seconds(3)
  ) {
    self.index = index
    self.type = type
    self.name = name
    self.metricType = metricType
    self.metadata = metadata
    self.authentication = authentication
    self.podIdentity = podIdentity
    self.environment = environment
    self.isMetricSource = isMetricSource
    self.httpTimeout = httpTimeout
  }
}

/// Everything that is wrong with one trigger. Fields are relative to the trigger: `metadata.threshold`, `metricType`.
public struct TriggerError: Error, Hashable, Sendable, CustomStringConvertible {
  public var problems: [FieldError]

  public init(_ problems: [FieldError]) { self.problems = problems }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
