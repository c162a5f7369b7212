internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Polling
internal import Synchronization

/// The workloads of a cluster: read from the copies that watches keep, written through `/scale`.
final class ClusterTargets: ScaleTargets {
  private let client: KubernetesClient
  private let cache: ClusterCache
  private let mapper: ResourceMapper
  private let leadership: Leadership
  private let time: any TimeSource
  /// What `/scale` said after the copy was made: a copy that is behind must not decide.
  private let newer = Mutex<[TargetReference: Newer]>([:])

  private struct Newer {
    var replicas: Int32
    var resourceVersion: String?
    var at: Timestamp
  }

  /// How long an own reading counts against a copy that does not move: a watch tells of a write within moments.
  private static let patience = Duration.seconds(15)

  init(
    client: KubernetesClient, cache: ClusterCache, mapper: ResourceMapper, leadership: Leadership,
    time: any TimeSource
  ) {
    self.client = client
    self.cache = cache
    self.mapper = mapper
    self.leadership = leadership
    self.time = time
  }

  func state(of target: TargetReference) async throws(ScaleTargetError) -> TargetState {
    guard WorkloadKind(target) != nil else { return try await read(target) }
    guard let record = cache.record(of: target) else {
      // The copy may be behind: an object and its target are often made in the same moment.
      do throws(ScaleTargetError) {
        return try await read(target)
      } catch  where error.code == .missing {
        throw ScaleTargetError("\(target) does not exist: create it, or correct spec.scaleTargetRef", code: .missing)
      }
    }
    // An unset number of replicas is one, as the API server has it.
    var state = TargetState(
      specReplicas: record.spec?.replicas ?? 1, statusReplicas: record.status?.replicas ?? 0,
      readyReplicas: record.status?.readyReplicas ?? 0)
    if let newer = newer(of: target, than: record) { state.specReplicas = newer }
    return state
  }

  func scale(
    _ target: TargetReference, from current: Int32?, to replicas: Int32
  ) async throws(ScaleTargetError) {
    guard leadership.isLeader else {
      throw ScaleTargetError("another replica of Swell leads: it will decide")
    }
    do {
      let type = try await mapper.resource(apiVersion: target.apiVersion, kind: target.kind).type
      var scale: Scale = try await client.get(
        type, namespace: target.namespace, name: target.name, subresource: "scale", priority: .actuation)
      let found = scale.spec?.replicas ?? 0
      note(found, scale.metadata.resourceVersion, of: target)
      // The copy was behind: somebody else (an HPA, a person) has set the replicas since.
      if let current, current != found {
        throw ScaleTargetError("\(target) has \(found) replicas by now, not \(current)", code: .overtaken)
      }
      guard found != replicas else { return }
      guard leadership.isLeader else { throw ScaleTargetError("another replica of Swell leads: it will decide") }
      scale.spec = ScaleSpec(replicas: replicas)
      let written: Scale = try await client.replace(
        scale, type, namespace: target.namespace, name: target.name, subresource: "scale", priority: .actuation)
      note(replicas, written.metadata.resourceVersion, of: target)
    } catch let error as ScaleTargetError {
      throw error
    } catch let error as KubernetesError {
      throw ScaleTargetError(error, target)
    } catch {
      throw ScaleTargetError("\(error)")
    }
  }

  /// `/scale` as it is now. Its pods count as ready: of resources that Swell does not watch it says no more.
  func read(_ target: TargetReference) async throws(ScaleTargetError) -> TargetState {
    do {
      let type = try await mapper.resource(apiVersion: target.apiVersion, kind: target.kind).type
      let scale: Scale = try await client.get(
        type, namespace: target.namespace, name: target.name, subresource: "scale")
      let existing = scale.status?.replicas ?? 0
      return TargetState(
        specReplicas: scale.spec?.replicas ?? 0, statusReplicas: existing, readyReplicas: existing)
    } catch {
      throw ScaleTargetError(error, target)
    }
  }

  /// Replicas that were read or written after the copy was made; nil when the copy is as new.
  private func newer(of target: TargetReference, than record: WorkloadRecord) -> Int32? {
    guard let newer = newer.withLock({ $0[target] }) else { return nil }
    let isCaughtUp =
      ResourceVersion.isAtLeast(record.metadata.resourceVersion, newer.resourceVersion)
      ?? (record.spec?.replicas == newer.replicas)
    guard isCaughtUp || time.now() - newer.at > Self.patience else { return newer.replicas }
    _ = self.newer.withLock { $0.removeValue(forKey: target) }
    return nil
  }

  private func note(_ replicas: Int32, _ resourceVersion: String?, of target: TargetReference) {
    guard WorkloadKind(target) != nil else { return }
    let newer = Newer(replicas: replicas, resourceVersion: resourceVersion, at: time.now())
    self.newer.withLock { $0[target] = newer }
  }
}

extension ScaleTargetError {
  init(_ error: KubernetesError, _ target: TargetReference) {
    switch error.code {
    case .notFound:
      self.init("\(target) does not exist, or has no /scale: \(error.message)", code: .missing)
    case .conflict:
      self.init("\(target) was changed at the same moment", code: .overtaken)
    case .serverError where error.message.contains("the spec replicas field"):
      self.init(
        "\(target) does not say how many replicas it has: set the field in it that its CustomResourceDefinition names as "
          + "specReplicasPath, for example to 0 (\(error.message))", code: .unset)
    case _ where error.isRefusal:
      self.init(error.refusal, code: .refused)
    default:
      self.init("cannot reach /scale of \(target): \(error.message)")
    }
  }
}
