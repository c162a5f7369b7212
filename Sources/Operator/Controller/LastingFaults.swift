internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling
internal import Synchronization

/// Objects for which the API fails for so long, while it answers otherwise, that it may be something about the object:
/// then the object itself must tell, for nobody reads the log.
///
/// An API server that does nothing for anybody is a matter of the log: there, each object would say the same, and take it
/// back when that is over.
final class LastingFaults: Sendable {
  static let patience = Duration.seconds(60)

  private let client: KubernetesClient
  private let time: any TimeSource
  private let faults = Mutex<[ObjectKey: Fault]>([:])

  private struct Fault {
    var since: Timestamp
    /// The API answered after the failure before. Once is not enough: it may have come back only then.
    var hasAnswered = false
  }

  init(client: KubernetesClient, time: any TimeSource) {
    self.client = client
    self.time = time
  }

  /// To be called each time that the API fails for an object.
  func isLasting(_ object: ScaledObject) async -> Bool {
    let key = object.objectKey
    let now = time.now()
    let since = faults.withLock { faults in
      let fault = faults[key] ?? Fault(since: now)
      faults[key] = fault
      return fault.since
    }
    guard now - since >= Self.patience else { return false }
    let answer: IgnoredAnswer? = try? await client.get(
      .scaledObjects, namespace: object.metadata.namespace, name: object.metadata.name)
    return faults.withLock { faults in
      // Meanwhile somebody may have found that it is over.
      guard let fault = faults[key] else { return false }
      // What fails for the object alone shows when the API is there again.
      faults[key] = answer == nil ? Fault(since: time.now()) : Fault(since: fault.since, hasAnswered: true)
      return answer != nil && fault.hasAnswered
    }
  }

  func ended(_ key: ObjectKey) { faults.withLock { $0[key] = nil } }

  func endAll() { faults.withLock { $0 = [:] } }
}
