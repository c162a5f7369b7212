internal import Foundation
internal import KubernetesAPI
public import Polling
internal import Synchronization

/// Which resource a kind is, and whether it has a `/scale` subresource, by the API's discovery (`/apis/GROUP/VERSION`).
///
/// Answers are kept. Deployments and StatefulSets are known beforehand. What was not found, be it the kind or its
/// `/scale`, is looked up again at most every 10 s, for a CustomResourceDefinition may come any time; and however many
/// ask at the same time, the API is asked once.
public final class ResourceMapper: Sendable {
  public struct Mapped: Hashable, Sendable {
    public var type: ResourceType
    /// True when the resource has a `scale` subresource.
    public var hasScale: Bool

    public init(type: ResourceType, hasScale: Bool) {
      self.type = type
      self.hasScale = hasScale
    }
  }

  private struct Version {
    var kinds: [String: Mapped] = [:]
    var readAt: Timestamp
    /// The answer was an error: why nothing is known.
    var failure: KubernetesError?
  }

  private struct State {
    var versions: [String: Version] = [:]
    /// Fires when the look-up of an API version that is under way ends.
    var underWay: [String: Signal] = [:]
  }

  static let lookUpInterval = Duration.seconds(10)

  private let client: KubernetesClient
  private let time: any TimeSource
  private let state = Mutex(State())

  public init(_ client: KubernetesClient, time: any TimeSource) {
    self.client = client
    self.time = time
  }

  /// - Parameters:
  ///   - apiVersion: `apps/v1`.
  ///   - kind: `Deployment`.
  /// - Throws: `notFound` when the cluster has no such kind; other codes when it could not be asked.
  public func resource(apiVersion: String, kind: String) async throws(KubernetesError) -> Mapped {
    if let known = Self.known[apiVersion]?[kind] { return known }
    guard let path = Self.path(of: apiVersion) else {
      throw KubernetesError(.notFound, message: "\"\(shortened(apiVersion))\" is no apiVersion: write GROUP/VERSION")
    }
    while true {
      let now = time.now()
      switch state.withLock({ Self.step(&$0, apiVersion, kind, now) }) {
      case .known(let mapped): return mapped
      case .failed(let error): throw error
      case .wait(let signal):
        await signal.wait()
        if Task.isCancelled { throw .cancelled("get \(path)") }
      case .ask(let signal):
        let version = await lookUp(apiVersion, path)
        state.withLock { state in
          state.underWay[apiVersion] = nil
          // An answer that we gave up on says nothing about the kind.
          if version.failure?.isCancellation != true { state.versions[apiVersion] = version }
        }
        signal.fire()
        if let failure = version.failure, failure.isCancellation { throw failure }
      }
    }
  }

  private enum Step {
    case known(Mapped)
    case failed(KubernetesError)
    case wait(Signal)
    case ask(Signal)
  }

  private static func step(_ state: inout State, _ apiVersion: String, _ kind: String, _ now: Timestamp) -> Step {
    let version = state.versions[apiVersion]
    let found = version?.kinds[kind]
    if let found, found.hasScale { return .known(found) }
    if let version, now - version.readAt < lookUpInterval {
      if let found { return .known(found) }
      if let failure = version.failure { return .failed(failure) }
      return .failed(
        KubernetesError(
          .notFound,
          message:
            "the cluster has no kind \"\(shortened(kind))\" in \(shortened(apiVersion)): check both, and whether "
            + "its CustomResourceDefinition is installed"))
    }
    if let signal = state.underWay[apiVersion] { return .wait(signal) }
    let signal = Signal()
    state.underWay[apiVersion] = signal
    return .ask(signal)
  }

  private func lookUp(_ apiVersion: String, _ path: String) async -> Version {
    let known = state.withLock { $0.versions[apiVersion]?.kinds } ?? [:]
    do {
      let list: APIResourceList = try await client.answer(
        to: APIRequest(getting: path, priority: .reconciliation))
      return Version(kinds: Self.kinds(in: list, apiVersion), readAt: time.now())
    } catch {
      var failure = error
      if error.code == .notFound {
        failure.message = "the cluster does not have the API \(shortened(apiVersion)): \(error.message)"
      }
      // What was found once stands while discovery is out of order.
      return Version(kinds: error.code == .notFound ? [:] : known, readAt: time.now(), failure: failure)
    }
  }

  private static func kinds(in list: APIResourceList, _ apiVersion: String) -> [String: Mapped] {
    let parts = apiVersion.split(separator: "/").map(String.init)
    let names = Set(list.resources.map(\.name))
    var kinds: [String: Mapped] = [:]
    for resource in list.resources where !resource.name.contains("/") && kinds[resource.kind] == nil {
      let type = ResourceType(
        group: parts.count == 2 ? parts[0] : "", version: parts.last ?? apiVersion, resource: resource.name,
        kind: resource.kind, isNamespaced: resource.namespaced)
      kinds[resource.kind] = Mapped(type: type, hasScale: names.contains(resource.name + "/scale"))
    }
    return kinds
  }

  /// `/apis/apps/v1` or `/api/v1`; nil when the text is no API version.
  private static func path(of apiVersion: String) -> String? {
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
    return (parts.count == 2 ? "/apis/" : "/api/") + parts.map(PercentEncoding.segment).joined(separator: "/")
  }

  private static let known: [String: [String: Mapped]] = [
    "apps/v1": [
      "Deployment": Mapped(type: .deployments, hasScale: true),
      "StatefulSet": Mapped(type: .statefulSets, hasScale: true),
    ]
  ]
}
