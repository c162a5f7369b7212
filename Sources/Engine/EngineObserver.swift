public import Autoscaling

/// Is told what the engine did: the status writer in a cluster, the output in local mode.
public protocol EngineObserver: Sendable {
  /// After each decision, whether or not it changed anything.
  /// - Parameter events: what the decision and its write were worth telling the cluster about; usually nothing.
  func decided(_ record: DecisionRecord, object: ManagedObject, events: [ScaleEvent]) async
}
