/// The workloads that are scaled: Kubernetes' scale subresource in a cluster, simulated ones in local mode.
public protocol ScaleTargets: Sendable {
  /// - Throws: `ScaleTargetError` when the workload does not exist or cannot be read.
  func state(of target: TargetReference) async throws(ScaleTargetError) -> TargetState

  /// Asks for `replicas`; the pods follow in their own time.
  /// - Parameter current: what the decision was made for; nil when that does not matter.
  /// - Throws: `ScaleTargetError`; with code `overtaken` when somebody else has set the replicas since, and nothing was
  ///   written: what `state(of:)` says then is new, and to be decided about anew.
  func scale(_ target: TargetReference, from current: Int32?, to replicas: Int32) async throws(ScaleTargetError)
}

extension ScaleTargets {
  /// Asks for `replicas`, whatever there is now.
  public func scale(_ target: TargetReference, to replicas: Int32) async throws(ScaleTargetError) {
    try await scale(target, from: nil, to: replicas)
  }
}

/// A workload with a `/scale` subresource.
public struct TargetReference: Hashable, Sendable, CustomStringConvertible {
  public var namespace: String
  public var apiVersion: String
  public var kind: String
  public var name: String

  public init(namespace: String, apiVersion: String, kind: String, name: String) {
    self.namespace = namespace
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
  }

  public var description: String { "\(kind) \(namespace)/\(name)" }
}

/// How many replicas a workload has, in each sense of the word.
public struct TargetState: Hashable, Sendable {
  /// `spec.replicas`: asked for.
  public var specReplicas: Int32
  /// `status.replicas`: existing.
  public var statusReplicas: Int32
  /// Running and Ready.
  public var readyReplicas: Int32

  public init(specReplicas: Int32, statusReplicas: Int32, readyReplicas: Int32) {
    self.specReplicas = specReplicas
    self.statusReplicas = statusReplicas
    self.readyReplicas = readyReplicas
  }
}

public struct ScaleTargetError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: Hashable, Sendable {
    /// There is no such workload, or it has no `/scale`.
    case missing
    /// It is there, and does not say how many replicas it has.
    case unset
    /// Somebody else has set the replicas since they were read.
    case overtaken
    /// It may not be read or written, and that stays so until somebody acts.
    case refused
    case failed
  }

  public var code: Code
  public var message: String

  public init(_ message: String, code: Code = .failed) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
