internal import Foundation
internal import KubernetesAPI
internal import Synchronization
internal import TestSupport
internal import Testing

@testable internal import KubernetesClient

private let subject = EventSubject(
  apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", namespace: "team", name: "web", uid: "u1")

/// A book that a test writes in and sends from.
private final class Book {
  private var book = EventBook(controller: "keda-operator", instance: "pod")

  var nextDue: Timestamp? { book.nextDue }
  func record(_ key: EventBook.Key, action: String = "A", at now: Timestamp) -> Bool {
    book.record(key, action: action, at: now)
  }
  func nextWork(at now: Timestamp) -> EventBook.Work? { book.nextWork(at: now) }
  func finished(_ work: EventBook.Work, _ outcome: EventBook.Outcome, at now: Timestamp) {
    book.finished(work, outcome, at: now)
  }

  func created(at now: Timestamp) -> Event? {
    guard let work = book.nextWork(at: now), case .create(_, let event) = work else { return nil }
    book.finished(work, .written, at: now)
    return event
  }

  func patched(at now: Timestamp) -> EventSeries? {
    guard let work = book.nextWork(at: now), case .patch(_, _, _, let series) = work else { return nil }
    book.finished(work, .written, at: now)
    return series
  }
}

@Suite struct EventBookTests {
  private let start = Timestamp(seconds: 1_700_000_000)
  private func key(_ note: String, _ subject: EventSubject = subject) -> EventBook.Key {
    EventBook.Key(subject: subject, type: "Normal", reason: "KEDAScaleTargetActivated", note: note)
  }

  /// A name that is cut short must still be one: "a-.1" is none.
  @Test func namesOfEventsAreDNSNames() throws {
    let suffix = ".17979cfe362a0000"
    #expect(EventBook.eventName("web", suffix) == "web" + suffix)
    let stem = String(repeating: "a", count: 253 - suffix.utf8.count - 1)
    for end in ["-b", ".b", "-.b"] {
      let name = EventBook.eventName(stem + end, suffix)
      #expect(name.utf8.count <= 253 && name.hasSuffix(suffix))
      #expect(!name.contains("-.") && !name.contains(".."), "\(name.suffix(30))")
    }
  }

  @Test func whoReportsIsPartOfAnEvent() throws {
    let book = Book()
    var other = key("up")
    other.controller = "scale-handler"
    #expect(book.record(key("up"), at: start) && book.record(other, at: start))
    #expect(try #require(book.created(at: start)).reportingController == "keda-operator")
    #expect(try #require(book.created(at: start)).reportingController == "scale-handler")
  }

  @Test func theSameAgainIsCountedEveryThirtySeconds() throws {
    let book = Book()
    #expect(book.record(key("up"), at: start))
    let event = try #require(book.created(at: start))
    #expect(event.eventTime == "2023-11-14T22:13:20.000000Z" && event.series == nil && event.action == "A")
    #expect(event.metadata.name.hasPrefix("web.") && event.metadata.namespace == "team")
    #expect(event.regarding?.uid == "u1" && event.regarding?.namespace == "team")
    for second in 1...20 {
      let now = start + .seconds(Int64(second))
      #expect(book.record(key("up"), action: "B", at: now))
      #expect(book.nextWork(at: now) == nil)
    }
    #expect(book.nextDue == start + .seconds(30))
    #expect(
      book.patched(at: start + .seconds(30))
        == EventSeries(count: 21, lastObservedTime: "2023-11-14T22:13:40.000000Z"))
    #expect(book.nextDue == nil)
    #expect(book.record(key("up"), at: start + .seconds(31)))
    #expect(book.nextDue == start + .seconds(60))
  }

  @Test func afterSixMinutesOfSilenceItIsANewEvent() throws {
    let book = Book()
    _ = book.record(key("up"), at: start)
    let first = try #require(book.created(at: start))
    _ = book.record(key("up"), at: start + .seconds(360))
    let second = try #require(book.created(at: start + .seconds(360)))
    #expect(first.metadata.name != second.metadata.name)
  }

  @Test func aFloodOfOneObjectIsCutAndHarmsNoOther() {
    let book = Book()
    let accepted = (0..<100).filter { book.record(key("note \($0)"), at: start) }
    #expect(accepted.count == 25)
    var other = subject
    other.name = "other"
    #expect(book.record(key("x", other), at: start))
    #expect(!book.record(key("later"), at: start + .seconds(299)))
    #expect(book.record(key("later"), at: start + .seconds(301)))
  }

  @Test func theQueueIsBounded() {
    let book = Book()
    let accepted = (0..<3000).filter { index in
      var many = subject
      many.name = "object-\(index)"
      return book.record(key("x", many), at: start)
    }
    #expect(accepted.count == EventBook.longestQueue)
  }

  @Test func memoryIsBounded() {
    let book = Book()
    var now = start
    var accepted = 0
    for index in 0..<30_000 {
      var many = subject
      many.name = "object-\(index)"
      now = now + .milliseconds(100)
      if book.record(key("x", many), at: now) {
        accepted += 1
        _ = book.created(at: now)
      }
    }
    #expect(accepted > 20_000)
  }

  @Test func longTextsAreCutAtWholeCharacters() throws {
    let book = Book()
    var long = subject
    long.name = String(repeating: "n", count: 253)
    long.namespace = nil
    _ = book.record(key(String(repeating: "é", count: 600) + "😀", long), at: start)
    let event = try #require(book.created(at: start))
    #expect(event.note?.utf8.count == 1024)
    #expect(event.metadata.name.utf8.count == 253 && event.metadata.namespace == "default")
    #expect(EventBook.cut("a😀", to: 4) == "a" && EventBook.cut("a😀", to: 5) == "a😀")
  }

  @Test func anEventThatIsGoneIsWrittenAnew() throws {
    let book = Book()
    _ = book.record(key("up"), at: start)
    _ = book.created(at: start)
    _ = book.record(key("up"), at: start + .seconds(40))
    let work = try #require(book.nextWork(at: start + .seconds(40)))
    book.finished(work, .gone, at: start + .seconds(40))
    #expect(book.created(at: start + .seconds(40))?.series?.count == 2)
  }
}

@Suite struct EventRecorderTests {
  @Test func writesEventsAndTheirCounts() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 201, body: "{}") }
    let time = ManualTime()
    let client = try server.client(time: time)
    let recorder = EventRecorder(client, time: time, controller: "keda-operator", instance: "swell-0")
    let task = Task { await recorder.run() }
    for _ in 0..<3 {
      recorder.record(type: "Warning", reason: "KEDAScalerFailed", action: "Failed", message: "no", about: subject)
    }
    try await eventually("the event is written") { recorder.writtenCount >= 1 }
    recorder.record(type: "Warning", reason: "KEDAScalerFailed", action: "Failed", message: "no", about: subject)
    try await eventually("it waits to write the count") { time.nextWake == time.now() + .seconds(30) }
    time.advance(by: .seconds(30))
    try await eventually("the count is written") {
      server.calls.last?.method == "PATCH" && server.calls.last?.body.contains("\"count\":4") == true
    }
    let create = try #require(server.calls.first)
    #expect(create.path == "/apis/events.k8s.io/v1/namespaces/team/events")
    let event = try JSONDecoder().decode(Event.self, from: Data(create.body.utf8))
    #expect(event.reason == "KEDAScalerFailed" && event.type == "Warning" && event.note == "no")
    #expect(event.reportingController == "keda-operator" && event.reportingInstance == "swell-0")
    let patch = try #require(server.calls.last)
    #expect(patch.path == "/apis/events.k8s.io/v1/namespaces/team/events/\(event.metadata.name)")
    task.cancel()
    await task.value
    await client.shutdown()
    server.stop()
  }

  @Test func aFailingAPICostsACounter() async throws {
    let server = try ScriptedHTTPServer { _ in .answer(status: 500, body: "no") }
    let time = ManualTime()
    let client = try server.client(time: time)
    let recorder = EventRecorder(client, time: time, controller: "c", instance: "i")
    let task = Task { await recorder.run() }
    for index in 0..<10 {
      recorder.record(type: "Normal", reason: "R", action: "A", message: "\(index)", about: subject)
    }
    try await eventually("all are dropped") { recorder.droppedCount == 10 }
    #expect(recorder.writtenCount == 0)
    task.cancel()
    await task.value
    await client.shutdown()
    server.stop()
  }
}
