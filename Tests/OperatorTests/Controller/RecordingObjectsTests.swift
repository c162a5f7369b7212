internal import Engine
internal import KubernetesAPI
internal import Synchronization
internal import Testing

@testable internal import Operator

/// What a plan was made from is what was read, whatever has changed since.
@Suite struct RecordingObjectsTests {
  /// Every object has another version each time it is asked for.
  private final class ChangingObjects: ConfigurationObjects {
    private let count = Mutex(0)

    private func next() -> Int {
      count.withLock { count in
        count += 1
        return count
      }
    }

    private func metadata(_ name: String, _ namespace: String?) -> ObjectMeta {
      var metadata = ObjectMeta(name: name)
      metadata.namespace = namespace
      let number = next()
      metadata.uid = "u"
      metadata.generation = Int64(number)
      metadata.resourceVersion = "\(number)"
      return metadata
    }

    func triggerAuthentication(_ name: String, namespace: String) -> TriggerAuthentication? {
      TriggerAuthentication(metadata: metadata(name, namespace), spec: AuthenticationSpec())
    }

    func clusterTriggerAuthentication(_ name: String) -> ClusterTriggerAuthentication? { nil }

    func secret(_ name: String, namespace: String) -> Secret? {
      Secret(metadata: metadata(name, namespace))
    }

    func configMap(_ name: String, namespace: String) -> ConfigMap? { nil }

    func workload(_ target: TargetReference) -> Workload? { nil }
  }

  @Test func theFirstVersionReadIsNoted() {
    let recorder = RecordingObjects(ChangingObjects())
    #expect(recorder.secret("login", namespace: "shop")?.metadata.resourceVersion == "1")
    #expect(recorder.secret("login", namespace: "shop")?.metadata.resourceVersion == "2")
    #expect(recorder.triggerAuthentication("auth", namespace: "shop")?.metadata.generation == 3)
    #expect(recorder.configMap("settings", namespace: "shop") == nil)
    let versions: [String: String?] = [
      "Secret/shop/login": "1", "TriggerAuthentication/shop/auth": "u.3", "ConfigMap/shop/settings": nil,
    ]
    #expect(recorder.versions == versions)
    #expect(
      recorder.references == [
        ConfigurationReference(kind: .secret, namespace: "shop", name: "login"),
        ConfigurationReference(kind: .configMap, namespace: "shop", name: "settings"),
      ])
  }
}
