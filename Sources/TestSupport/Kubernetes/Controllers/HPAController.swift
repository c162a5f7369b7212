internal import Autoscaling
internal import Foundation
internal import KubernetesAPI
internal import Synchronization

/// How the virtual HPA controller runs.
public struct AutoscalingOptions: Sendable {
  /// From sync to sync; 15 s in a real cluster.
  public var period: Duration
  public var tolerance: Double
  public var downscaleStabilization: Duration
  /// HPAs that are synced at the same time.
  public var workers: Int

  public init(
    period: Duration = .seconds(15), tolerance: Double = 0.1, downscaleStabilization: Duration = .seconds(300),
    workers: Int = 5
  ) {
    self.workers = max(1, workers)
    self.period = period
    self.tolerance = tolerance
    self.downscaleStabilization = downscaleStabilization
  }
}

/// Does what Kubernetes' HPA controller does: reads external metrics over the aggregated API, decides, writes the scale
/// of the target and the status of the HPA.
final class HPAController: Sendable {
  private static let resource = "horizontalpodautoscalers.autoscaling"

  private let api: APIHandler
  private let options: AutoscalingOptions
  private let user = TestUser.serviceAccount("kube-system", "horizontal-pod-autoscaler")
  private let memories = Mutex<[String: HPAMemory]>([:])

  init(_ api: APIHandler, _ options: AutoscalingOptions) {
    self.api = api
    self.options = options
  }

  func run() async {
    let clock = ContinuousClock()
    var next = clock.now.advanced(by: options.period)
    while (try? await clock.sleep(until: next)) != nil {
      await syncAll()
      next = max(next.advanced(by: options.period), clock.now)
    }
  }

  func syncAll() async {
    let all = api.store.list(Self.resource, namespace: nil).objects
    let alive = Set(all.map(\.value.uid))
    memories.withLock { $0 = $0.filter { alive.contains($0.key) } }
    await withTaskGroup(of: Void.self) { group in
      for (index, stored) in all.enumerated() where !stored.value.isTerminating {
        if index >= options.workers { await group.next() }
        group.addTask { await self.sync(stored) }
      }
    }
  }

  private func sync(_ stored: StoredObject) async {
    guard let hpa = try? JSONDecoder().decode(HorizontalPodAutoscaler.self, from: Data(stored.bytes)) else { return }
    let memory = memories.withLock { $0[stored.value.uid] } ?? HPAMemory()
    let algorithm = HPAAlgorithm(
      HPAConfiguration(
        hpa.spec, tolerance: options.tolerance, downscaleStabilization: options.downscaleStabilization))
    let now = api.store.now()
    let result: HPASyncResult
    do {
      let target = try self.target(of: hpa)
      let replicas = target.replicas
      let metrics = replicas == 0 ? [] : await observations(of: hpa)
      let observation = HPAObservation(
        now: now, specReplicas: replicas, statusReplicas: target.statusReplicas,
        totalPods: Int(target.statusReplicas), readyPods: Int(target.readyReplicas), metrics: metrics)
      let evaluation = algorithm.evaluate(observation, memory: memory)
      let update = evaluation.needsUpdate ? await scale(target, to: evaluation.desiredReplicas) : .succeeded
      result = evaluation.finished(update)
    } catch {
      let known = Int32(clamping: stored.value["status", "currentReplicas"]?.int ?? 0)
      result = algorithm.evaluationOfUnreadableScale(
        cause: "\(error)", lastKnownReplicas: known, now: now, memory: memory
      ).finished()
    }
    memories.withLock { $0[stored.value.uid] = result.memory }
    write(result, hpa, stored.value.uid, ObjectID(of: stored.value), at: now)
  }

  // MARK: the target

  private struct Target {
    var type: ResourceDefinition
    var id: ObjectID
    var replicas: Int32
    var statusReplicas: Int32
    var readyReplicas: Int32
  }

  private struct NoScale: Error, CustomStringConvertible {
    var description: String
  }

  private func target(of hpa: HorizontalPodAutoscaler) throws -> Target {
    let reference = hpa.spec.scaleTargetRef
    let id = ObjectID(hpa.metadata.namespace, reference.name)
    guard let type = api.registry.find(apiVersion: reference.apiVersion ?? "v1", kind: reference.kind) else {
      throw NoScale(
        description: "no matches for kind \"\(reference.kind)\" in group \"\(reference.apiVersion ?? "")\"")
    }
    guard let stored = api.store.get(type.storageKey, id) else {
      throw NoScale(description: "\(type.qualifiedResource) \"\(id.name)\" not found")
    }
    guard type.scale != nil else { throw NoScale(description: "the server could not find the requested resource") }
    let scale = ScaleView.scale(of: stored.value, type)
    let status = Int32(clamping: scale["status", "replicas"]?.int ?? 0)
    let ready = type.isCustom ? status : Int32(clamping: stored.value["status", "readyReplicas"]?.int ?? 0)
    return Target(
      type: type, id: id, replicas: Int32(clamping: scale["spec", "replicas"]?.int ?? 0), statusReplicas: status,
      readyReplicas: ready)
  }

  private func scale(_ target: Target, to replicas: Int32) async -> HPAScaleUpdate {
    var request = APIRequest(
      method: "PATCH",
      uri: target.type.path(namespace: target.id.namespace, name: target.id.name, subresource: "scale"),
      headers: ["content-type": "application/merge-patch+json", "user-agent": "kube-controller-manager/v1.36.0"])
    request.body = JSONText.bytes(["spec": ["replicas": .integer(Int64(replicas))]])
    do {
      let response = try await api.answer(request, RequestTarget(request), user)
      return response.status < 300 ? .succeeded : .failed(Self.message(of: response))
    } catch {
      return .failed((error as? APIError)?.message ?? "\(error)")
    }
  }

  private static func message(of response: APIResponse) -> String {
    (try? JSONText.parse(response.body))?["message"]?.text ?? "status \(response.status)"
  }

  // MARK: metrics

  private func observations(of hpa: HorizontalPodAutoscaler) async -> [HPAMetricObservation] {
    var observations: [HPAMetricObservation] = []
    for metric in hpa.spec.metrics {
      if let source = metric.external {
        observations.append(HPAMetricObservation(source, answer: await answer(source, hpa.metadata.namespace ?? "")))
      } else {
        observations.append(Self.unmeasured(metric))
      }
    }
    return observations
  }

  /// A cluster without metrics-server: cpu and memory are never known.
  private static func unmeasured(_ metric: HPAMetricSpec) -> HPAMetricObservation {
    let name = metric.resource?.name ?? metric.containerResource?.name ?? metric.type
    return HPAMetricObservation(
      name: name, target: .missing,
      answer: .failed(
        "failed to get \(name) utilization: unable to get metrics for resource \(name): unable to fetch metrics from "
          + "resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"))
  }

  private func answer(_ source: HPAExternalMetricSource, _ namespace: String) async -> HPAMetricObservation.Answer {
    let selector = (try? source.metric.selector?.query())?.description ?? ""
    let escaped = selector.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    let name = source.metric.name.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? ""
    let path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/\(namespace)/\(name)"
    let request = APIRequest(
      method: "GET", uri: "\(path)?labelSelector=\(escaped)", headers: ["accept": "application/json"])
    do {
      let response = try await api.answer(request, RequestTarget(request), user)
      guard response.status == 200 else {
        return .failed(
          "unable to get external metric \(namespace)/\(source.metric.name)/\(selector): unable to fetch metrics from "
            + "external metrics API: \(Self.message(of: response))")
      }
      let list = try JSONDecoder().decode(ExternalMetricValueList.self, from: Data(response.body))
      return .quantities(list.items.map(\.value))
    } catch {
      return .failed(
        "unable to get external metric \(namespace)/\(source.metric.name)/\(selector): unable to fetch metrics from "
          + "external metrics API: \((error as? APIError)?.message ?? "\(error)")")
    }
  }

  // MARK: status

  private func write(
    _ result: HPASyncResult, _ hpa: HorizontalPodAutoscaler, _ uid: String, _ id: ObjectID, at now: Timestamp
  ) {
    while let stored = api.store.get(Self.resource, id), stored.value.uid == uid {
      var object = stored.value
      var status = object["status"] ?? [:]
      status["currentReplicas"] = .integer(Int64(result.replicasBefore))
      let isDisabled = result.evaluation.path == .disabled
      status["desiredReplicas"] = .integer(isDisabled ? 0 : Int64(result.evaluation.desiredReplicas))
      let metrics = currentMetrics(result, hpa)
      status["currentMetrics"] = metrics.isEmpty ? .null : .array(metrics)
      if result.didScale { status["lastScaleTime"] = .string(now.rfc3339) }
      let written = Self.naming(result, hpa)
      status["conditions"] = conditions(written, old: status["conditions"]?.items ?? [], at: now)
      object["status"] = status
      let update = try? api.store.update(Self.resource, object, owners: stored.owners, base: stored.revision)
      if update != nil { return }
    }
  }

  private func currentMetrics(_ result: HPASyncResult, _ hpa: HorizontalPodAutoscaler) -> [JSONValue] {
    zip(hpa.spec.metrics, result.evaluation.metrics).compactMap { spec, status in
      guard let source = spec.external, let usage = status.usage, let quantity = try? Quantity(parsing: "\(usage)m")
      else { return nil }
      let text = JSONValue.string(quantity.canonical)
      let current: JSONValue = source.target.averageValue == nil ? ["value": text] : ["averageValue": text]
      var metric: JSONValue = ["name": .string(source.metric.name)]
      if let labels = source.metric.selector?.matchLabels {
        metric["selector"] = ["matchLabels": .object(labels.mapValues { .string($0) })]
      }
      return ["type": "External", "external": ["current": current, "metric": metric]]
    }
  }

  /// The reason of `ScalingActive` tells of what type the first metric is that failed.
  private static func naming(_ result: HPASyncResult, _ hpa: HorizontalPodAutoscaler) -> HPAConditions {
    var conditions = result.conditions
    let failed = zip(hpa.spec.metrics, result.evaluation.metrics).first { $0.1.failure != nil }
    if let type = failed?.0.type, conditions.scalingActive?.reason == "FailedGetExternalMetric" {
      conditions.scalingActive?.reason = "FailedGet\(type)Metric"
    }
    return conditions
  }

  private func conditions(_ conditions: HPAConditions, old: [JSONValue], at now: Timestamp) -> JSONValue {
    let all = [
      ("AbleToScale", conditions.ableToScale), ("ScalingActive", conditions.scalingActive),
      ("ScalingLimited", conditions.scalingLimited),
    ]
    return .array(
      all.compactMap { type, condition in
        guard let condition else { return nil }
        let before = old.first { $0["type"]?.text == type }
        let isSame = before?["status"]?.text == condition.status
        return [
          "type": .string(type), "status": .string(condition.status), "reason": .string(condition.reason),
          "message": .string(condition.message),
          "lastTransitionTime": (isSame ? before?["lastTransitionTime"] : nil) ?? .string(now.rfc3339),
        ]
      })
  }
}
