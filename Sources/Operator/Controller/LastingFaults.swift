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
  private let since = Mutex<[ObjectKey: Timestamp]>([:])

  init(client: KubernetesClient, time: any TimeSource) {
    self.client = client
    self.time = time
  }

  /// To be called each time that the API fails for an object.
  func isLasting(_ object: ScaledObject) async -> Bool {
    let key = object.objectKey
    let now = time.now()
    let begin = since.withLock { since in
      let begin = since[key] ?? now
      since[key] = begin
      return begin
    }
    guard now - begin >= Self.patience else { return false }
    let answer: IgnoredAnswer? = try? await client.get(
      .scaledObjects, namespace: object.metadata.namespace, name: object.metadata.name)
    if answer != nil { return true }
    // What fails for the object alone shows when the API is there again.
    since.withLock { $0[key] = time.now() }
    return false
  }

  func ended(_ key: ObjectKey) { since.withLock { $0[key] = nil } }

  func endAll() { since.withLock { $0 = [:] } }
}
