internal import Engine
internal import KubernetesAPI
internal import Testing

@testable internal import Manifests

@Suite struct ManifestLoaderTests {
  /// The set that one file of this text gives.
  static func load(_ text: String) throws -> ManifestSet {
    var set = ManifestSet()
    for document in try YAMLReader.documents(in: text) { ManifestLoader().add(document, of: "a.yaml", to: &set) }
    return set
  }

  static func scaledObject(_ namespaceLine: String, threshold: String = "\"10\"") -> String {
    """
    apiVersion: keda.sh/v1alpha1
    kind: ScaledObject
    metadata:
      name: orders
    \(namespaceLine)
    spec:
      scaleTargetRef: {name: orders}
      triggers:
      - type: redis-streams
        metadata: {address: "redis:6379", stream: jobs, consumerGroup: g, pendingEntriesCount: \(threshold)}
    """
  }

  @Test(arguments: [("", "default"), ("  namespace: \"\"", "default"), ("  namespace: shop", "shop")])
  func anEmptyNamespaceIsNone(_ line: String, _ namespace: String) throws {
    let set = try Self.load(
      Self.scaledObject(line) + """

        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: orders
        \(line)
        """)
    #expect(set.problems.isEmpty)
    #expect(set.scaledObjects.keys.map(\.description) == ["\(namespace)/orders"])
    #expect(set.workloads.keys.map(\.namespace) == [namespace])
    let item = try #require(set.scaledObjects.values.first)
    let plan = ObjectPlanner(objects: set, version: "1", clusterNamespace: "swell").plan(
      item.object, now: .init(seconds: 0))
    #expect(plan.plan?.key == ObjectKey(namespace: namespace, name: "orders"))
    #expect(plan.plan?.target.namespace == namespace)
  }

  @Test func theSameObjectWithAndWithoutAnEmptyNamespaceIsWrittenTwice() throws {
    let set = try Self.load(Self.scaledObject("") + "\n---\n" + Self.scaledObject("  namespace: \"\""))
    #expect(
      set.problems.flatMap(\.errors).map(\.message) == [
        "ScaledObject default/orders is written twice: also in a.yaml:1"
      ])
    #expect(set.problems.map(\.namespace) == ["default"])
  }

  @Test func aNumberThatIsNoneIsAdvisedAgainst() throws {
    let set = try Self.load(Self.scaledObject("", threshold: ".nan"))
    let error = try #require(set.problems.first?.errors.first)
    #expect(error.field == "spec.triggers[0].metadata.pendingEntriesCount")
    #expect(error.message == "must be a text, but is nan: write a number, in quotes")
  }
}
