internal import KubernetesAPI
internal import Synchronization

/// The HTTPS calls that an API server makes: to webhooks and to servers of aggregated APIs. Services of the cluster are
/// where the test says they are.
final class OutgoingCalls: Sendable {
  private struct State {
    /// `namespace/name`, and optionally `:port`, to a port of 127.0.0.1.
    var services: [String: Int] = [:]
  }

  private let state = Mutex(State())
  let caller = HTTPSCaller()
  /// What the front proxy shows to aggregated servers.
  let proxy: TestAuthority.Identity

  init(proxy: TestAuthority.Identity) { self.proxy = proxy }

  func map(service name: String, in namespace: String, servicePort: Int?, to port: Int?) {
    let key = "\(namespace)/\(name)" + (servicePort.map { ":\($0)" } ?? "")
    state.withLock { $0.services[key] = port }
  }

  /// The port on 127.0.0.1 of a Service; nil when the test maps none.
  func port(ofService name: String, in namespace: String, servicePort: Int) -> Int? {
    state.withLock { state in
      state.services["\(namespace)/\(name):\(servicePort)"] ?? state.services["\(namespace)/\(name)"]
    }
  }
}
