import Autoscaling
import Engine
import Synchronization

/// Keeps every decision that it is told.
final class RecordingObserver: EngineObserver {
  private let state = Mutex<[DecisionRecord]>([])

  var records: [DecisionRecord] { state.withLock { $0 } }

  func records(of key: ObjectKey, by author: DecisionRecord.Author = .scaleLoop) -> [DecisionRecord] {
    records.filter { $0.key == key && $0.author == author }
  }

  /// Drops what is known of an object that only helped a test.
  func forget(_ key: ObjectKey) { state.withLock { $0.removeAll { $0.key == key } } }

  func decided(_ record: DecisionRecord, object: ManagedObject, events: [ScaleEvent]) async {
    state.withLock { $0.append(record) }
  }
}
