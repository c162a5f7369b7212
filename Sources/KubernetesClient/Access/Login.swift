internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization

/// The Authorization header of requests. A token file is read again every 10 s, and at once when the server refused
/// the token: Kubernetes rotates them while Swell runs.
final class Login: Sendable {
  private struct State {
    var token: HiddenText?
    var readAt: Timestamp?
  }

  static let readInterval = Duration.seconds(10)

  private let credential: ClusterAccess.Credential
  private let time: any TimeSource
  private let state = Mutex(State())

  init(_ credential: ClusterAccess.Credential, time: any TimeSource) {
    self.credential = credential
    self.time = time
  }

  /// Whether reading the token again may help.
  var canRenew: Bool {
    if case .tokenFile = credential { true } else { false }
  }

  /// - Parameter isRefused: the server did not accept what this returned last.
  /// - Returns: nil when there is nothing to log in with; the connection's certificate may do.
  func header(isRefused: Bool = false) -> String? {
    switch credential {
    case .none: return nil
    case .token(let token): return "Bearer " + token.reveal()
    case .password(let user, let password):
      return "Basic " + Data("\(user):\(password.reveal())".utf8).base64EncodedString()
    case .tokenFile(let path):
      let now = time.now()
      let token = state.withLock { state -> HiddenText? in
        if !isRefused, let readAt = state.readAt, now - readAt < Self.readInterval { return state.token }
        state.readAt = now
        // While the file is being replaced, the token we have is the best one.
        if let token = Self.token(in: path) { state.token = token }
        return state.token
      }
      return token.map { "Bearer " + $0.reveal() }
    }
  }

  /// Nil when the file cannot be read or is empty.
  static func token(in path: String) -> HiddenText? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    // A line break in a header would make two.
    guard !text.isEmpty, !text.contains(where: \.isNewline) else { return nil }
    return HiddenText(text)
  }
}
