internal import Autoscaling
internal import CMemory
internal import Engine
internal import Foundation
internal import KubernetesAPI
internal import Manifests
internal import Polling
internal import Questions
internal import Synchronization
internal import Triggers

/// Keeps the engine in step with a set of manifest files: reads them at start and whenever one of them changes.
///
/// An object that became invalid keeps its last good version; one that is gone from its file is removed.
final class ManifestFollower: Sendable {
  private let paths: [String]
  private let engine: ScaleEngine
  private let targets: SimulatedTargets
  private let time: any TimeSource
  private let note: @Sendable (String) -> Void
  private let loader = ManifestLoader()
  private let state = Mutex(State())

  private struct State {
    var applied: [ObjectKey: Applied] = [:]
    var told: Set<String> = []
    /// The files as they were when they were last read.
    var fingerprint: [String] = []
  }

  /// What the engine runs for one object.
  private struct Applied {
    /// Stands for everything that the files say about it, Secrets included, so that it need not be kept: 64 bits of a hash
    /// with a key of this run's own (SipHash). A change is overlooked with a probability of 1 in 2^64, which nobody can
    /// raise who does not know the key; then the version before runs on until the next change.
    var fingerprint: Int
    var file: String
    var target: TargetReference
  }

  /// - Parameter note: takes remarks for the user, one line each.
  init(
    paths: [String], engine: ScaleEngine, targets: SimulatedTargets, time: any TimeSource,
    note: @escaping @Sendable (String) -> Void
  ) {
    self.paths = paths
    self.engine = engine
    self.targets = targets
    self.time = time
    self.note = note
  }

  /// Looks for changes twice a second until the task is cancelled.
  func run() async {
    while (try? await time.sleep(until: time.now() + .milliseconds(500))) != nil {
      if fingerprint() != state.withLock({ $0.fingerprint }) { await load() }
    }
  }

  /// Reads all files and brings the engine to what they say.
  func load() async {
    // Reading many manifests takes several times the memory that is kept of them.
    defer { swell_memory_give_back() }
    // Taken before reading: what changes meanwhile is then read again.
    let seen = fingerprint()
    state.withLock { $0.fingerprint = seen }
    let files: [String]
    do {
      files = try loader.files(at: paths)
    } catch {
      // A path that is gone for a moment, or for good, says nothing about the objects behind it.
      return say(["\(error) (what was read from it runs on)"])
    }
    let set = loader.load(files: files)
    let planner = ObjectPlanner(
      objects: set, version: BuildInfo.version, clusterNamespace: ManifestDefaults.clusterNamespace)
    var problems = set.problems
    for (target, item) in set.workloads {
      targets.add(target, replicas: item.object.spec?.replicas ?? ManifestDefaults.replicas)
    }
    let now = time.now()
    for (key, item) in set.scaledObjects.sorted(by: { $0.key < $1.key }) {
      let outcome = planner.plan(item.object, now: now)
      if let plan = outcome.plan {
        await apply(plan, of: item)
      } else {
        problems.append(
          ManifestSet.Problem(
            origin: item.origin, kind: ScaledObject.kind, namespace: key.namespace, name: key.name,
            errors: outcome.errors))
      }
    }
    await removeMissing(from: set, problems: problems)
    tell(problems)
  }

  private func apply(_ plan: ObjectPlan, of item: ManifestSet.Item<ScaledObject>) async {
    var hasher = Hasher()
    hasher.combine(item.object)
    hasher.combine(plan.endpoints)
    hasher.combine(plan.triggers.map { $0.external?.question })
    let applied = Applied(fingerprint: hasher.finalize(), file: item.origin.file, target: plan.target)
    let isNews = state.withLock { state in
      state.applied.updateValue(applied, forKey: plan.key)?.fingerprint != applied.fingerprint
    }
    guard isNews else { return }
    // A target without a manifest is simulated all the same: the folder may hold nothing but ScaledObjects.
    targets.add(plan.target, replicas: plan.scaling.minReplicaCount)
    for notice in plan.notices { note("\(plan.key): \(notice)") }
    await engine.apply(plan)
  }

  private func removeMissing(from set: ManifestSet, problems: [ManifestSet.Problem]) async {
    let invalid = Set(problems.map(\.key))
    let unreadable = Set(problems.lazy.filter { $0.name.isEmpty }.map(\.origin.file))
    let gone = state.withLock { state in
      let gone = state.applied.filter { key, applied in
        set.scaledObjects[key] == nil && !invalid.contains(key) && !unreadable.contains(applied.file)
      }
      for key in gone.keys { state.applied[key] = nil }
      return gone
    }
    for (key, applied) in gone {
      await engine.remove(key)
      if set.workloads[applied.target] == nil { targets.remove(applied.target) }
      note("\(key): gone from \(applied.file), not scaled any more")
    }
  }

  private func tell(_ problems: [ManifestSet.Problem]) {
    let running = state.withLock { $0.applied }
    let lines = problems.flatMap { problem in
      let subject =
        problem.name.isEmpty ? "\(problem.origin)" : "\(problem.origin): \(problem.kind) \(problem.key.shortText)"
      // A document without a name may have been any object of its file.
      let isRunning =
        problem.name.isEmpty
        ? running.values.contains { $0.file == problem.origin.file } : running[problem.key] != nil
      let consequence = isRunning ? " (the last good version runs on)" : ""
      return problem.errors.map { "\(subject): \($0)\(consequence)" }
    }
    say(lines)
  }

  /// Says each remark once, until it is no longer true.
  private func say(_ lines: [String]) {
    let news = state.withLock { state in
      let news = lines.filter { !state.told.contains($0) }
      state.told = Set(lines)
      return news
    }
    for line in news { note(line) }
  }

  /// Names, sizes and modification times of all files.
  private func fingerprint() -> [String] {
    ((try? loader.files(at: paths)) ?? []).map { file in
      let attributes = try? FileManager.default.attributesOfItem(atPath: file)
      let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return "\(file) \(attributes?[.size] ?? 0) \(changed) \(attributes?[.systemFileNumber] ?? 0)"
    }
  }
}
