internal import KubernetesAPI
internal import Synchronization

/// The resources that exist now: built-in ones, and those of the CRDs.
final class ResourceRegistry: Sendable {
  private let definitions: Mutex<[ResourceDefinition]>

  init(_ builtIn: [ResourceDefinition]) { definitions = Mutex(builtIn) }

  var all: [ResourceDefinition] { definitions.withLock { $0 } }

  func find(group: String, version: String, resource: String) -> ResourceDefinition? {
    all.first { $0.group == group && $0.version == version && $0.resource == resource }
  }

  func find(apiVersion: String, kind: String) -> ResourceDefinition? {
    all.first { $0.apiVersion == apiVersion && $0.kind == kind }
  }

  /// By plural, singular, kind, short name, or `plural.group`, as kubectl does.
  func find(named name: String) -> ResourceDefinition? {
    let all = all
    return all.first { $0.qualifiedResource == name } ?? all.first { $0.resource == name }
      ?? all.first { $0.singular == name || $0.kind == name || $0.shortNames.contains(name) }
  }

  func replaceCustom(group: String, resource: String, with new: [ResourceDefinition]) {
    definitions.withLock { all in
      all.removeAll { $0.isCustom && $0.group == group && $0.resource == resource }
      all += new
    }
  }
}
