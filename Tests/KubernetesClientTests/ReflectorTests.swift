internal import Foundation
internal import KubernetesAPI
internal import Polling
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

/// A reflector under test, and what it told.
final class Watched: Sendable {
  let reflector: Reflector<Item>
  let changes = Collected<String>()
  let broken = Collected<UndecodableObject>()

  init(_ client: KubernetesClient, namespace: String? = "default", time: any TimeSource = SystemTime()) {
    let changes = changes
    let broken = broken
    reflector = Reflector(
      client, Item.type, namespace: namespace, time: time, random: { 0.5 }, onUndecodable: { broken.add($0) },
      onChange: { change in
        switch change {
        case .added(let new): changes.add("+\(new.metadata.name)@\(new.metadata.resourceVersion ?? "")")
        case .modified(let old, let new):
          changes.add(
            "\(new.metadata.name)@\(old.metadata.resourceVersion ?? "")>\(new.metadata.resourceVersion ?? "")")
        case .deleted(let old): changes.add("-\(old.metadata.name)")
        case .synced: changes.add("synced")
        }
      })
  }

  /// Runs the reflector until `body` returns.
  func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await self.reflector.run() }
      defer { group.cancelAll() }
      return try await body()
    }
  }

  func waitFor(_ expected: [String]) async throws {
    do {
      try await eventually("\(expected)") { self.changes.all == expected }
    } catch {
      throw DeadlinePassed(what: "\(expected)", details: "but there is \(changes.all)")
    }
  }
}

/// Answers lists with one text and watches one after the other with a script each; the last one hangs.
final class ScriptedWatches: Sendable {
  private let watches: Mutex<[ScriptedHTTPServer.Reply]>
  private let lists: Mutex<[ScriptedHTTPServer.Reply]>

  init(lists: [String], watches: [ScriptedHTTPServer.Reply]) {
    self.lists = Mutex(lists.map { .answer(status: 200, body: $0) })
    self.watches = Mutex(watches)
  }

  func reply(_ request: ScriptedHTTPServer.Request) -> ScriptedHTTPServer.Reply {
    if APICall(request).isWatch {
      return watches.withLock { $0.isEmpty ? .raw(Wire.stream([]), then: .hang) : $0.removeFirst() }
    }
    return lists.withLock { $0.count > 1 ? $0.removeFirst() : ($0.first ?? .answer(status: 500)) }
  }
}

@Suite struct ReflectorTests {
  private func rig(
    _ lists: [String], _ watches: [ScriptedHTTPServer.Reply]
  ) throws -> (server: ScriptedHTTPServer, client: KubernetesClient) {
    let script = ScriptedWatches(lists: lists, watches: watches)
    let server = try ScriptedHTTPServer { script.reply($0) }
    return (server, try server.client())
  }

  @Test func listsThenWatchesFromThere() async throws {
    let (server, client) = try rig(
      [Wire.list([Wire.item("a", 3), Wire.item("b", 4)], 10)],
      [
        .raw(
          Wire.stream([
            Wire.event("MODIFIED", Wire.item("a", 11)) + Wire.event("ADDED", Wire.item("c", 12)),
            Wire.bookmark(20), Wire.event("DELETED", Wire.item("b", 21)),
          ]), then: .hang)
      ])
    let watched = Watched(client)
    try await watched.run {
      await watched.reflector.waitUntilSynced()
      #expect(watched.reflector.isSynced)
      try await eventually("all changes") { watched.changes.all.count == 6 }
    }
    #expect(Set(watched.changes.all.prefix(2)) == ["+a@3", "+b@4"])
    #expect(watched.changes.all.dropFirst(2) == ["synced", "a@3>11", "+c@12", "-b"])
    #expect(watched.reflector.objects.map(\.metadata.name).sorted() == ["a", "c"])
    #expect(watched.reflector.object(named: "a", in: "default")?.metadata.resourceVersion == "11")
    #expect(watched.reflector.object(named: "a", in: "other") == nil)
    let watch = try #require(server.calls.first { $0.isWatch })
    #expect(watch.query["resourceVersion"] == "10" && watch.query["allowWatchBookmarks"] == "true")
    #expect(watch.query["timeoutSeconds"].flatMap(Int.init).map { (300...600).contains($0) } == true)
    #expect(watch.path == "/apis/test.dev/v1/namespaces/default/items")
    await client.shutdown()
    server.stop()
  }

  /// The stream is cut after every single byte of two events; the copy must be right each time, without another list.
  @Test(.timeLimit(.minutes(5)), arguments: [ScriptedHTTPServer.Ending.close, .reset])
  func survivesCutsAtEveryByte(ending: ScriptedHTTPServer.Ending) async throws {
    let first = Wire.event(
      "MODIFIED", Wire.item("a", 11, value: "12").replacing("\"u-a\"", with: "\"u-a\",\"x\":\"é😀\""))
    let second = Wire.event("ADDED", Wire.item("b", 12))
    let whole = Wire.stream([first + second], isEnded: true)
    let start = Wire.stream([], isEnded: true).count - 5
    let server = try ScriptedHTTPServer { request in
      let call = APICall(request)
      guard call.isWatch else { return .answer(status: 200, body: Wire.list([Wire.item("a", 10)], 10)) }
      let cut = Int(call.path.split(separator: "/").dropFirst(4).first?.dropFirst() ?? "") ?? 0
      let isFirst = !cutsDone.withLock { !$0.insert(ending == .close ? cut : -cut).inserted }
      if isFirst { return .raw(Array(whole[..<(start + cut)]), then: ending) }
      switch call.query["resourceVersion"] {
      case "10": return .raw(Wire.stream([first + second]), then: .hang)
      case "11": return .raw(Wire.stream([second]), then: .hang)
      default: return .raw(Wire.stream([]), then: .hang)
      }
    }
    let cuts = Array(0...(whole.count - start))
    for group in stride(from: 0, to: cuts.count, by: 24).map({ cuts[$0..<min($0 + 24, cuts.count)] }) {
      let client = try server.client()
      try await withThrowingDiscardingTaskGroup { tasks in
        for cut in group {
          tasks.addTask {
            let watched = Watched(client, namespace: "n\(cut)")
            try await watched.run {
              try await eventually("cut at \(cut)", within: .seconds(60)) { watched.changes.all.count >= 4 }
            }
            #expect(watched.changes.all == ["+a@10", "synced", "a@10>11", "+b@12"], "cut at \(cut)")
            #expect(watched.reflector.objects.map(\.value).sorted() == [1, 12], "cut at \(cut)")
          }
        }
      }
      await client.shutdown()
    }
    let lists = server.calls.filter { !$0.isWatch }
    #expect(lists.count == cuts.count, "a cut watch goes on without a list")
  }

  @Test func aCleanEndGoesOnWithoutAList() async throws {
    let (server, client) = try rig(
      [Wire.list([], 10)],
      [
        .raw(Wire.stream([Wire.event("ADDED", Wire.item("a", 11)), Wire.bookmark(30)], isEnded: true), then: .close),
        .raw(Wire.stream([Wire.event("MODIFIED", Wire.item("a", 31))], isEnded: true), then: .close),
      ])
    let watched = Watched(client)
    try await watched.run {
      try await watched.waitFor(["synced", "+a@11", "a@11>31"])
      try await eventually("a third watch") { server.calls.filter(\.isWatch).count == 3 }
    }
    #expect(server.calls.filter(\.isWatch).map { $0.query["resourceVersion"] } == ["10", "30", "31"])
    #expect(server.calls.filter { !$0.isWatch }.count == 1)
    await client.shutdown()
    server.stop()
  }

  @Test(arguments: [
    ScriptedHTTPServer.Reply.answer(status: 410, body: Wire.status(410, "Expired", "too old resource version")),
    .raw(
      Wire.stream([Wire.event("ERROR", Wire.status(410, "Expired", "too old resource version"))], isEnded: true),
      then: .close),
    // The server has been restored: its versions begin anew.
    .raw(Wire.stream([Wire.event("ADDED", Wire.item("x", 4))]), then: .hang),
    .raw(Wire.stream([Wire.bookmark(5)]), then: .hang),
    .answer(status: 504, body: Wire.status(504, "Timeout", "Too large resource version: 10, current: 4")),
  ])
  func listsAgainAndTellsTheDifference(gone: ScriptedHTTPServer.Reply) async throws {
    let (server, client) = try rig(
      [
        Wire.list([Wire.item("same", 3), Wire.item("changed", 4), Wire.item("lost", 5), Wire.item("new-uid", 6)], 10),
        Wire.list(
          [Wire.item("same", 3), Wire.item("changed", 8), Wire.item("added", 9), Wire.item("new-uid", 9, uid: "v")], 9),
      ], [gone])
    let watched = Watched(client)
    try await watched.run {
      try await eventually("the second list is told") { watched.changes.all.count == 10 }
      try await eventually("it watches again") { server.calls.last?.query["resourceVersion"] == "9" }
    }
    #expect(
      Set(watched.changes.all.dropFirst(5)) == ["changed@4>8", "+added@9", "-lost", "-new-uid", "+new-uid@9"])
    #expect(watched.reflector.objects.count == 4)
    await client.shutdown()
    server.stop()
  }

  @Test func aListThatExpiresBetweenPagesBeginsAnew() async throws {
    let (server, client) = try rig([], [])
    server.stop()
    await client.shutdown()
    server.stop()
    let pages = Mutex(0)
    let paging = try ScriptedHTTPServer { request in
      let call = APICall(request)
      if call.isWatch { return .raw(Wire.stream([]), then: .hang) }
      let page = pages.withLock { pages in
        pages += 1
        return pages
      }
      switch (page, call.query["continue"]) {
      case (1, nil): return .answer(status: 200, body: Wire.list([Wire.item("old", 1)], 5, continuation: "x/y="))
      case (2, "x/y="): return .answer(status: 410, body: Wire.status(410, "Expired", "continue token expired"))
      case (3, nil): return .answer(status: 200, body: Wire.list([Wire.item("a", 6)], 9, continuation: "z"))
      case (4, "z"): return .answer(status: 200, body: Wire.list([Wire.item("b", 7)], 9))
      default: return .answer(status: 400)
      }
    }
    let other = try paging.client()
    let watched = Watched(other)
    try await watched.run { try await watched.waitFor(["+a@6", "+b@7", "synced"]) }
    #expect(paging.calls.prefix(4).allSatisfy { $0.query["limit"] == "500" })
    await other.shutdown()
    paging.stop()
  }

  @Test func brokenObjectsAreReportedAndHarmNoOther() async throws {
    let (server, client) = try rig(
      [Wire.list([Wire.item("bad", 3, value: "\"x\""), Wire.item("good", 4)], 10)],
      [
        .raw(
          Wire.stream([
            Wire.event("MODIFIED", Wire.item("good", 11, value: "null")),
            Wire.event("MODIFIED", Wire.item("bad", 12)), Wire.event("ADDED", Wire.item("more", 13)),
            Wire.event("DELETED", Wire.item("good", 14, value: "[]")),
          ]), then: .hang)
      ])
    let watched = Watched(client)
    try await watched.run { try await watched.waitFor(["+good@4", "synced", "+bad@12", "+more@13", "-good"]) }
    #expect(watched.broken.all.filter { !$0.isOver }.map(\.name) == ["bad", "good"])
    #expect(watched.broken.all.filter { !$0.isOver }.map(\.message) == ["value is no Int", "value is null"])
    // One has been corrected, the other one is gone.
    #expect(watched.broken.all.filter(\.isOver).map(\.place) == ["default/bad", "default/good"])
    #expect(watched.reflector.undecodableCount == 2)
    await client.shutdown()
    server.stop()
  }

  /// Whoever keeps a book of them must be able to close it: nothing else tells of an object that never could be read.
  @Test func itIsToldWhenBrokenObjectsAreGone() async throws {
    let broken = { (name: String, version: Int) in Wire.item(name, version, value: "\"x\"") }
    let (server, client) = try rig(
      [Wire.list([broken("deleted", 1), broken("compacted", 2)], 10), Wire.list([Wire.item("last", 21)], 21)],
      [
        .raw(
          Wire.stream([
            Wire.event("DELETED", broken("deleted", 11)),
            Wire.event("ERROR", Wire.status(410, "Expired", "too old")),
          ]), then: .close),
        .raw(Wire.stream([]), then: .hang),
      ])
    let watched = Watched(client)
    try await watched.run { try await watched.waitFor(["synced", "+last@21"]) }
    #expect(watched.broken.all.filter { !$0.isOver }.map(\.name) == ["deleted", "compacted"])
    #expect(watched.broken.all.filter(\.isOver).map(\.name) == ["deleted", "compacted"])
    await client.shutdown()
    server.stop()
  }

  @Test func duplicatesAreToldOnce() async throws {
    let event = Wire.event("ADDED", Wire.item("a", 11))
    let (server, client) = try rig(
      [Wire.list([], 10)],
      [.raw(Wire.stream([event, event, event + event, Wire.event("ADDED", Wire.item("b", 12))]), then: .hang)])
    let watched = Watched(client)
    try await watched.run { try await watched.waitFor(["synced", "+a@11", "+b@12"]) }
    #expect(server.calls.filter { !$0.isWatch }.count == 1)
    await client.shutdown()
    server.stop()
  }

  @Test func objectsOfMegabytesComeInPieces() async throws {
    let large = Wire.item("a", 11).replacing(
      "\"managedFields\"",
      with: "\"annotations\":{\"x\":\"\(String(repeating: "ü", count: 2 << 20))\"},\"managedFields\"")
    let (server, client) = try rig([Wire.list([], 10)], [.raw(Wire.stream([Wire.event("ADDED", large)]), then: .hang)])
    let watched = Watched(client)
    try await watched.run { try await watched.waitFor(["synced", "+a@11"]) }
    #expect(watched.reflector.object(named: "a", in: "default")?.metadata.annotations?["x"]?.utf8.count == 4 << 20)
    await client.shutdown()
    server.stop()
  }

  @Test func aServerThatWasAwayIsCheckedBeforeItIsTrusted() async throws {
    let (server, client) = try rig(
      [Wire.list([Wire.item("a", 9)], 10), Wire.list([], 3), Wire.list([Wire.item("b", 2)], 3)],
      // The connection ends before the watch is answered: the server goes down.
      [.raw([], then: .reset), .raw([], then: .reset)])
    let watched = Watched(client)
    try await watched.run {
      try await watched.waitFor(["+a@9", "synced", "+b@2", "-a"])
      try await eventually("it watches from the new history") {
        server.calls.last?.query["resourceVersion"] == "3" && watched.reflector.lastFailure == nil
      }
    }
    await client.shutdown()
    server.stop()
  }

  @Test func failuresAreShownUntilAWatchIsOpen() async throws {
    let isAllowed = Mutex(false)
    let server = try ScriptedHTTPServer { request in
      guard isAllowed.withLock({ $0 }) else {
        return .answer(status: 403, body: Wire.status(403, "Forbidden", "items is forbidden: User swell cannot list"))
      }
      return APICall(request).isWatch
        ? .raw(Wire.stream([]), then: .hang) : .answer(status: 200, body: Wire.list([], 1))
    }
    let client = try server.client()
    let watched = Watched(client)
    try await watched.run {
      try await eventually("the failure shows") { watched.reflector.lastFailure?.code == .forbidden }
      #expect(!watched.reflector.isSynced)
      isAllowed.withLock { $0 = true }
      try await watched.waitFor(["synced"])
      try await eventually("it is over") { watched.reflector.lastFailure == nil }
    }
    await client.shutdown()
    server.stop()
  }
}

private let cutsDone = Mutex<Set<Int>>([])
