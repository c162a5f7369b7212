import KubernetesAPI
import Testing

@testable import TestSupport

/// Watches, lists in pages, and what is left of history. curl is the client: it shows what comes, line by line.
@Suite struct WatchTests {
  let path = Fixture.path

  /// A watch by curl; its lines as JSON.
  struct Watch {
    let child: ChildProcess
    let folder: TemporaryFolder

    init(_ fixture: Fixture, _ query: String, path: String = Fixture.path, http1: Bool = true) async throws {
      folder = try TemporaryFolder()
      let identity = try fixture.server.clientCertificate(for: .admin)
      try folder.write(fixture.server.caPEM, to: "ca")
      try folder.write(identity.certificatePEM, to: "cert")
      try folder.write(identity.keyPEM, to: "key")
      child = try await ChildProcess.start(
        "curl",
        [
          "-sSN", http1 ? "--http1.1" : "--http2", "--cacert", folder.path("ca"), "--cert", folder.path("cert"),
          "--key",
          folder.path("key"), "\(fixture.server.url)\(path)?watch=true&\(query)",
        ])
    }

    var lines: [JSONValue] { child.output.split(separator: "\n").compactMap { try? JSONText.parse(String($0)) } }
    /// `ADDED a`
    var events: [String] { lines.map { "\($0["type"]?.text ?? "?") \($0["object"]?.name ?? "")" } }

    func expect(_ wanted: [String]) async throws {
      do {
        try await eventually("events \(wanted)") { events == wanted }
      } catch {
        Issue.record("events are \(child.output)")
        throw error
      }
    }
  }

  @Test(arguments: [true, false]) func changesComeInOrder(http1: Bool) async throws {
    let fixture = try await Fixture()
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    let list = try await fixture.client.get(path).body
    let version = list.resourceVersion ?? ""
    _ = try await fixture.client.merge("\(path)/a", ["spec": ["size": 6]])
    let watch = try await Watch(fixture, "resourceVersion=\(version)", http1: http1)
    _ = try await fixture.client.post(path, Fixture.widget("b"))
    _ = try await fixture.client.send("DELETE", "\(path)/a")
    try await watch.expect(["MODIFIED a", "ADDED b", "DELETED a"])
    let versions = watch.lines.compactMap { $0["object"]?.resourceVersion.flatMap { Int($0) } }
    #expect(versions == versions.sorted() && Set(versions).count == 3)
    #expect(watch.lines[0]["object", "kind"] == "Widget")
    let fromNow = try await Watch(fixture, "")
    try await fromNow.expect(["ADDED b"])
    await fixture.server.stop()
  }

  @Test func selectorsTurnChangesIntoComingAndGoing() async throws {
    let fixture = try await Fixture()
    let watch = try await Watch(fixture, "resourceVersion=\(fixture.server.resourceVersion)&labelSelector=tier%3Dgold")
    let named = try await Watch(
      fixture, "resourceVersion=\(fixture.server.resourceVersion)&fieldSelector=metadata.name%3Db")
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    _ = try await fixture.client.merge("\(path)/a", ["metadata": ["labels": ["tier": "gold"]]])
    _ = try await fixture.client.merge("\(path)/a", ["spec": ["size": 6]])
    let left = try await fixture.client.merge("\(path)/a", ["metadata": ["labels": ["tier": "tin"]]])
    _ = try await fixture.client.send("DELETE", "\(path)/a")
    _ = try await fixture.client.post(path, Fixture.widget("b"))
    try await watch.expect(["ADDED a", "MODIFIED a", "DELETED a"])
    #expect(watch.lines[2]["object"]?.resourceVersion == left.body.resourceVersion)
    try await named.expect(["ADDED b"])
    let unknown = try await fixture.client.get("\(path)?fieldSelector=spec.size%3D5")
    #expect(unknown.status == 400)
    #expect(unknown.message == "field label not supported: spec.size")
    await fixture.server.stop()
  }

  @Test func bookmarksAndTimeouts() async throws {
    let fixture = try await Fixture { $0.bookmarkInterval = .milliseconds(200) }
    let watch = try await Watch(fixture, "resourceVersion=1001&allowWatchBookmarks=true&timeoutSeconds=1")
    #expect(try await watch.child.waitUntilExit() == 0)
    let bookmarks = watch.lines.filter { $0["type"] == "BOOKMARK" }
    #expect(bookmarks.count >= 2)
    #expect(bookmarks.last?["object"]?.resourceVersion == String(fixture.server.resourceVersion))
    #expect(bookmarks.last?["object", "kind"] == "Widget")
    await fixture.server.stop()
  }

  @Test func forgottenHistoryIsGone() async throws {
    let fixture = try await Fixture()
    for name in ["a", "b", "c"] { _ = try await fixture.client.post(path, Fixture.widget(name)) }
    let page = try await fixture.client.get("\(path)?limit=2").body
    let version = page.resourceVersion ?? ""
    _ = try await fixture.client.post(path, Fixture.widget("d"))
    fixture.server.compact()
    let watch = try await Watch(fixture, "resourceVersion=\(version)")
    #expect(try await watch.child.waitUntilExit() == 0)
    #expect(watch.lines.first?["type"] == "ERROR")
    #expect(watch.lines.first?["object", "code"] == 410)
    #expect(watch.lines.first?["object", "reason"] == "Expired")
    let rest = try await fixture.client.get("\(path)?limit=2&continue=\(page["metadata", "continue"]?.text ?? "")")
    #expect(rest.status == 410)
    #expect(rest.message.hasPrefix("The provided continue parameter is too old"))
    let token = rest.body["metadata", "continue"]?.text ?? ""
    let inconsistent = try await fixture.client.get("\(path)?limit=5&continue=\(token)")
    #expect(inconsistent.body["items"]?.items?.map(\.name) == ["c", "d"])
    await fixture.server.stop()
  }

  @Test func pagesShowOneMoment() async throws {
    let fixture = try await Fixture()
    for name in ["a", "b", "c", "d", "e"] { _ = try await fixture.client.post(path, Fixture.widget(name)) }
    let first = try await fixture.client.get("\(path)?limit=2").body
    #expect(first["items"]?.items?.map(\.name) == ["a", "b"])
    #expect(first["metadata", "remainingItemCount"] == 3)
    _ = try await fixture.client.send("DELETE", "\(path)/c")
    _ = try await fixture.client.post(path, Fixture.widget("cc"))
    _ = try await fixture.client.merge("\(path)/d", ["spec": ["size": 50]])
    let second = try await fixture.client.get(
      "\(path)?limit=2&continue=\(first["metadata", "continue"]?.text ?? "")"
    ).body
    #expect(second["items"]?.items?.map(\.name) == ["c", "d"])
    #expect(second["items"]?[1]?["spec", "size"] == 5)
    #expect(second.resourceVersion == first.resourceVersion)
    let last = try await fixture.client.get(
      "\(path)?limit=2&continue=\(second["metadata", "continue"]?.text ?? "")"
    ).body
    #expect(last["items"]?.items?.map(\.name) == ["e"])
    #expect(last["metadata", "continue"] == nil)
    await fixture.server.stop()
  }

  @Test func initialEventsAreRefused() async throws {
    let fixture = try await Fixture()
    let answer = try await fixture.client.get("\(path)?watch=true&sendInitialEvents=true&allowWatchBookmarks=true")
    #expect(answer.status == 422)
    #expect(answer.message.contains("sendInitialEvents: Forbidden"))
    await fixture.server.stop()
  }

  @Test func itemsOfBuiltInListsAreBare() async throws {
    let fixture = try await Fixture()
    let namespaces = try await fixture.client.get("/api/v1/namespaces").body
    #expect(namespaces["kind"] == "NamespaceList")
    #expect(namespaces["items"]?[0]?["kind"] == nil)
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    #expect(try await fixture.client.get(path).body["items"]?[0]?["kind"] == "Widget")
    await fixture.server.stop()
  }

  @Test func watchesAreCutWithinAnEvent() async throws {
    let fixture = try await Fixture()
    fixture.server.faults.add(Fault(.cutWatch(event: 1, bytes: 20), count: 1) { $0.verb == "watch" })
    let watch = try await Watch(fixture, "resourceVersion=\(fixture.server.resourceVersion)")
    try await eventually("the watch is there") { fixture.server.requests.entries.contains { $0.verb == "watch" } }
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    _ = try await fixture.client.post(path, Fixture.widget("b"))
    #expect(try await watch.child.waitUntilExit() != 0)
    #expect(watch.events == ["ADDED a"])
    let tail = watch.child.output.split(separator: "\n").dropFirst().first ?? ""
    #expect(tail.hasPrefix("{\"type\":\"ADDED\",\"obj"))
    await fixture.server.stop()
  }

  @Test func eventsGetLost() async throws {
    let fixture = try await Fixture()
    fixture.server.faults.add(Fault(.loseWatchEvents(1), count: 1) { $0.verb == "watch" })
    let watch = try await Watch(fixture, "resourceVersion=\(fixture.server.resourceVersion)")
    try await eventually("the watch is there") { fixture.server.requests.entries.contains { $0.verb == "watch" } }
    _ = try await fixture.client.post(path, Fixture.widget("a"))
    _ = try await fixture.client.post(path, Fixture.widget("b"))
    #expect(try await watch.child.waitUntilExit() == 0)
    #expect(watch.lines.map { $0["type"]?.text } == ["ERROR"])
    await fixture.server.stop()
  }
}
