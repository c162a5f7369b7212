internal import KubernetesAPI
internal import KubernetesClient
internal import Synchronization

/// The Secret as this replica has just written or read it, until the watch has told as much: so that nothing is done twice
/// because the watch is a moment behind.
final class SecretAhead: Sendable {
  private struct Ahead {
    var secret: Secret
    var end: Timestamp
  }

  /// After so long the watch is believed, whatever it shows.
  static let patience = Duration.seconds(5)

  private let ahead = Mutex<Ahead?>(nil)

  func note(_ secret: Secret, at now: Timestamp) {
    ahead.withLock { $0 = Ahead(secret: secret, end: now + Self.patience) }
  }

  func forget() { ahead.withLock { $0 = nil } }

  /// What the watch tells.
  func follow(_ change: Reflector<Secret>.Change) {
    ahead.withLock { ahead in
      guard let known = ahead?.secret.metadata else { return }
      switch change {
      case .added(let secret), .modified(_, let secret):
        if secret.metadata.uid != known.uid || secret.metadata.resourceVersion == known.resourceVersion { ahead = nil }
      case .deleted(let secret):
        if secret.metadata.uid == known.uid { ahead = nil }
      case .synced: break
      }
    }
  }

  /// The newer one of what the watch shows and what was noted.
  func newest(_ watched: Secret?, at now: Timestamp) -> Secret? {
    ahead.withLock { ahead in
      if let held = ahead, held.end <= now || held.secret.metadata.resourceVersion == watched?.metadata.resourceVersion
      {
        ahead = nil
      }
      return ahead?.secret ?? watched
    }
  }

  /// When to look again because the watch has not told yet; nil when it has.
  var end: Timestamp? { ahead.withLock { $0?.end } }
}
