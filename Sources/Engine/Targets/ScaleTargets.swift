/// The workloads that are scaled: Kubernetes' scale subresource in a cluster, simulated ones in local mode.
public protocol ScaleTargets: Sendable {
  /// - Throws: `ScaleTargetError` when the workload does not exist or cannot be read.
  func state(of target: TargetReference) async throws(ScaleTargetError) -> TargetState

  /// Asks for `replicas`; the pods follow in their own time.
  func scale(_ target: TargetReference, to replicas: Int32) async throws(ScaleTargetError)
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
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
