/// Is told what the engine did: the status writer in a cluster, the output in local mode.
public protocol EngineObserver: Sendable {
  /// After each decision, whether or not it changed anything.
  func decided(_ record: DecisionRecord, object: ManagedObject) async
}
