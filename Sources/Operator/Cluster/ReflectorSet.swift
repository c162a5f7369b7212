internal import KubernetesAPI
internal import KubernetesClient
internal import Polling

/// The objects of one kind in the namespaces that Swell watches: one reflector for all of them, or one for each.
final class ReflectorSet<Object: KubernetesObject>: Sendable {
  /// `scaledobjects.keda.sh`.
  let name: String
  private let reflectors: [Reflector<Object>]
  /// By namespace; empty when one reflector sees all.
  private let byNamespace: [String: Reflector<Object>]

  /// - Parameter namespaces: empty for all.
  init(
    _ client: KubernetesClient, _ type: ResourceType, namespaces: [String], time: any TimeSource,
    transform: @escaping @Sendable (Object) -> Object = { $0 },
    onUndecodable: @escaping @Sendable (UndecodableObject) -> Void = { _ in },
    onChange: @escaping @Sendable (Reflector<Object>.Change) -> Void
  ) {
    name = type.groupResource
    func reflector(_ namespace: String?) -> Reflector<Object> {
      Reflector(
        client, type, namespace: namespace, time: time, transform: transform, onUndecodable: onUndecodable,
        onChange: onChange)
    }
    if namespaces.isEmpty || !type.isNamespaced {
      reflectors = [reflector(nil)]
      byNamespace = [:]
    } else {
      byNamespace = Dictionary(namespaces.map { ($0, reflector($0)) }) { first, _ in first }
      reflectors = Array(byNamespace.values)
    }
  }

  func object(named name: String, in namespace: String?) -> Object? {
    let reflector = byNamespace.isEmpty ? reflectors.first : namespace.flatMap { byNamespace[$0] }
    return reflector?.object(named: name, in: namespace)
  }

  var objects: [Object] { reflectors.flatMap(\.objects) }

  var isSynced: Bool { reflectors.allSatisfy(\.isSynced) }

  /// Why the copies may be out of date; nil while all are followed.
  var failure: KubernetesError? { reflectors.lazy.compactMap(\.lastFailure).first }

  func waitUntilSynced() async {
    for reflector in reflectors { await reflector.waitUntilSynced() }
  }

  func run() async {
    await withDiscardingTaskGroup { group in
      for reflector in reflectors { group.addTask { await reflector.run() } }
    }
  }
}
