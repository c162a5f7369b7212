import KubernetesAPI
import Testing

@testable import TestSupport

@Suite struct ObjectTests {
  let path = Fixture.path

  @Test func createdObjectsGetMetadataAndDefaults() async throws {
    let fixture = try await Fixture()
    let answer = try await fixture.client.post(path, Fixture.widget("a"))
    #expect(answer.status == 201)
    #expect(answer.body["metadata", "generation"] == 1)
    #expect(answer.body["metadata", "uid"]?.text?.count == 36)
    #expect(answer.body["metadata", "namespace"] == "default")
    #expect(answer.body["spec", "color"] == "red")
    let again = try await fixture.client.post(path, Fixture.widget("a"))
    #expect(again.status == 409)
    #expect(again.message == "widgets.example.com \"a\" already exists")
    #expect(again.reason == "AlreadyExists")
    await fixture.server.stop()
  }

  @Test func generatedNamesDiffer() async throws {
    let fixture = try await Fixture()
    var widget = Fixture.widget("")
    widget["metadata"] = ["generateName": "w-"]
    let first = try await fixture.client.post(path, widget)
    let second = try await fixture.client.post(path, widget)
    #expect(first.body.name.hasPrefix("w-") && first.body.name.count == 7)
    #expect(first.body.name != second.body.name)
    widget["metadata"] = [:]
    let nameless = try await fixture.client.post(path, widget)
    #expect(nameless.status == 422)
    #expect(nameless.message.contains("metadata.name: Required value: name or generateName is required"))
    await fixture.server.stop()
  }

  @Test func staleReplacementsConflict() async throws {
    let fixture = try await Fixture()
    let first = try await fixture.client.post(path, Fixture.widget("a")).body
    var newer = first
    newer["spec", "size"] = 6
    let second = try await fixture.client.put("\(path)/a", newer)
    #expect(second.status == 200)
    #expect(second.body["metadata", "generation"] == 2)
    let stale = try await fixture.client.put("\(path)/a", newer)
    #expect(stale.status == 409)
    #expect(
      stale.message
        == "Operation cannot be fulfilled on widgets.example.com \"a\": the object has been modified; please apply "
        + "your changes to the latest version and try again")
    newer["metadata", "resourceVersion"] = nil
    let unconditional = try await fixture.client.put("\(path)/a", newer)
    #expect(unconditional.status == 422)
    #expect(
      unconditional.message.contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update"))
    await fixture.server.stop()
  }

  @Test func updatesThatChangeNothingKeepTheVersion() async throws {
    let fixture = try await Fixture()
    let first = try await fixture.client.post(path, Fixture.widget("a")).body
    let again = try await fixture.client.put("\(path)/a", first)
    #expect(again.body.resourceVersion == first.resourceVersion)
    let patched = try await fixture.client.merge("\(path)/a", ["spec": ["size": 5]])
    #expect(patched.body.resourceVersion == first.resourceVersion)
    await fixture.server.stop()
  }

  @Test func statusIsApart() async throws {
    let fixture = try await Fixture()
    var widget = Fixture.widget("a")
    widget["status"] = ["replicas": 3]
    let created = try await fixture.client.post(path, widget)
    #expect(created.body["status"] == nil)
    let main = try await fixture.client.merge("\(path)/a", ["status": ["replicas": 4], "spec": ["size": 6]])
    #expect(main.body["status"] == nil)
    #expect(main.body["metadata", "generation"] == 2)
    let status = try await fixture.client.merge(
      "\(path)/a/status", ["status": ["replicas": 4], "spec": ["size": 9], "metadata": ["labels": ["x": "y"]]])
    #expect(status.body["status", "replicas"] == 4)
    #expect(status.body["spec", "size"] == 6)
    #expect(status.body["metadata", "labels"] == nil)
    #expect(status.body["metadata", "generation"] == 2)
    let missing = try await fixture.client.merge("/api/v1/namespaces/default/secrets/a/status", ["status": [:]])
    #expect(missing.status == 404)
    await fixture.server.stop()
  }

  @Test func scaleIsAView() async throws {
    let fixture = try await Fixture()
    _ = try await fixture.client.post(path, Fixture.widget("a", ["size": 5, "replicas": 2]))
    _ = try await fixture.client.merge("\(path)/a/status", ["status": ["replicas": 1, "selector": "app=a"]])
    let scale = try await fixture.client.get("\(path)/a/scale")
    #expect(scale.body["kind"] == "Scale")
    #expect(scale.body["spec", "replicas"] == 2)
    #expect(scale.body["status"] == ["replicas": 1, "selector": "app=a"])
    var wanted = scale.body
    wanted["spec", "replicas"] = 7
    #expect(try await fixture.client.put("\(path)/a/scale", wanted).body["spec", "replicas"] == 7)
    #expect(try await fixture.client.put("\(path)/a/scale", wanted).status == 409)
    #expect(try await fixture.client.merge("\(path)/a/scale", ["spec": ["replicas": 0]]).status == 200)
    #expect(try fixture.server.objects.get("widgets", "a")?["spec", "replicas"] == 0)
    let negative = try await fixture.client.merge("\(path)/a/scale", ["spec": ["replicas": -1]])
    #expect(negative.status == 422)
    #expect(negative.message.contains("spec.replicas: Invalid value: -1: must be greater than or equal to 0"))
    await fixture.server.stop()
  }

  @Test func finalizersHoldDeletions() async throws {
    let fixture = try await Fixture()
    var widget = Fixture.widget("a")
    widget["metadata", "finalizers"] = ["example.com/hold"]
    _ = try await fixture.client.post(path, widget)
    let deleted = try await fixture.client.send("DELETE", "\(path)/a")
    #expect(deleted.status == 200)
    #expect(deleted.body["metadata", "deletionTimestamp"]?.text != nil)
    #expect(deleted.body["metadata", "generation"] == 2)
    let added = try await fixture.client.merge(
      "\(path)/a", ["metadata": ["finalizers": ["example.com/hold", "b.com/c"]]])
    #expect(added.status == 422)
    #expect(added.message.contains("no new finalizers can be added if the object is being deleted"))
    let freed = try await fixture.client.merge("\(path)/a", ["metadata": ["finalizers": .null]])
    #expect(freed.status == 200)
    #expect(try await fixture.client.get("\(path)/a").status == 404)
    await fixture.server.stop()
  }

  @Test func deletionsHavePreconditions() async throws {
    let fixture = try await Fixture()
    let created = try await fixture.client.post(path, Fixture.widget("a")).body
    let other = try await fixture.client.send("DELETE", "\(path)/a", ["preconditions": ["uid": "other"]])
    #expect(other.status == 409)
    #expect(other.message.contains("Precondition failed: UID in precondition: other"))
    let same = try await fixture.client.send(
      "DELETE", "\(path)/a", ["preconditions": ["uid": .string(created.uid)], "propagationPolicy": "Background"])
    #expect(same.body["status"] == "Success")
    #expect(same.body["details", "uid"]?.text == created.uid)
    let gone = try await fixture.client.send("DELETE", "\(path)/a")
    #expect(gone.status == 404)
    #expect(gone.message == "widgets.example.com \"a\" not found")
    await fixture.server.stop()
  }

  @Test func dryRunChangesNothing() async throws {
    let fixture = try await Fixture()
    #expect(try await fixture.client.post("\(path)?dryRun=All", Fixture.widget("a")).status == 201)
    #expect(try await fixture.client.get("\(path)/a").status == 404)
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    let patched = try await fixture.client.merge("\(path)/a?dryRun=All", ["spec": ["size": 9]])
    #expect(patched.body["spec", "size"] == 9)
    #expect(try await fixture.client.get("\(path)/a").body["spec", "size"] == 5)
    #expect(try await fixture.client.send("DELETE", "\(path)/a?dryRun=All").status == 200)
    #expect(try await fixture.client.get("\(path)/a").status == 200)
    await fixture.server.stop()
  }

  @Test func patchesOfEveryKind() async throws {
    let fixture = try await Fixture()
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    let json = try await fixture.client.send(
      "PATCH", "\(path)/a",
      [
        ["op": "test", "path": "/spec/size", "value": 5], ["op": "add", "path": "/spec/parts", "value": [["id": "x"]]],
        ["op": "add", "path": "/spec/parts/-", "value": ["id": "y"]],
        ["op": "replace", "path": "/spec/size", "value": 7],
        ["op": "remove", "path": "/spec/color"],
      ], type: "application/json-patch+json")
    #expect(json.body["spec"] == ["size": 7, "color": "red", "parts": [["id": "x"], ["id": "y"]]])
    let failed = try await fixture.client.send(
      "PATCH", "\(path)/a", [["op": "test", "path": "/spec/size", "value": 5]], type: "application/json-patch+json")
    #expect(failed.status == 422)
    let strategic = try await fixture.client.send(
      "PATCH", "\(path)/a", ["spec": ["size": 5]], type: "application/strategic-merge-patch+json")
    #expect(strategic.status == 415)
    let stale = try await fixture.client.merge(
      "\(path)/a", ["metadata": ["resourceVersion": "1"], "spec": ["size": 8]])
    #expect(stale.status == 409)
    await fixture.server.stop()
  }

  @Test func namespacesHoldWhatIsInThem() async throws {
    let fixture = try await Fixture()
    let nowhere = try await fixture.client.post("/apis/example.com/v1/namespaces/none/widgets", Fixture.widget("a"))
    #expect(nowhere.status == 404)
    #expect(nowhere.message == "namespaces \"none\" not found")
    try await fixture.server.apply(yaml: "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    var held = Fixture.widget("held")
    held["metadata", "finalizers"] = ["example.com/hold"]
    let shop = "/apis/example.com/v1/namespaces/shop/widgets"
    _ = try await fixture.client.post(shop, held)
    _ = try await fixture.client.post(shop, Fixture.widget("free"))
    _ = try await fixture.client.send("DELETE", "/api/v1/namespaces/shop")
    try await eventually("the free object goes") { try fixture.server.objects.list("widgets", in: "shop").count == 1 }
    let late = try await fixture.client.post(shop, Fixture.widget("late"))
    #expect(late.status == 403)
    #expect(late.message.contains("because it is being terminated"))
    #expect(try await fixture.client.get("/api/v1/namespaces/shop").body["status", "phase"] == "Terminating")
    _ = try await fixture.client.merge("\(shop)/held", ["metadata": ["finalizers": .null]])
    try await eventually("the namespace goes") { try await fixture.client.get("/api/v1/namespaces/shop").status == 404 }
    await fixture.server.stop()
  }

  @Test func ownersTakeTheirObjectsWithThem() async throws {
    let fixture = try await Fixture()
    let owner = try await fixture.client.post(path, Fixture.widget("owner")).body
    var owned = Fixture.widget("owned")
    owned["metadata", "ownerReferences"] = [
      ["apiVersion": "example.com/v1", "kind": "Widget", "name": "owner", "uid": .string(owner.uid)]
    ]
    _ = try await fixture.client.post(path, owned)
    _ = try await fixture.client.send("DELETE", "\(path)/owner")
    try await eventually("the owned object goes") { try fixture.server.objects.get("widgets", "owned") == nil }
    await fixture.server.stop()
  }
}
