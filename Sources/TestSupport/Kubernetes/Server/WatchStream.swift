internal import KubernetesAPI
internal import Synchronization

/// Where a watch writes to. Calls come in order, from any thread.
protocol WatchSink: Sendable {
  func send(_ bytes: [UInt8])
  /// Ends the answer as it should end.
  func finish()
  /// Resets the connection.
  func reset()
}

/// One watch: turns changes of the store into lines of JSON.
final class WatchStream: Sendable {
  private struct State {
    var listener: Int?
    var sink: (any WatchSink)?
    var sent = 0
    var isOver = false
    var cut: (event: Int, bytes: Int)?
    var lost = 0
    var toLose: Int?
    var timers: [Task<Void, Never>] = []
    /// Nothing before it needs to be told: the watch began after it.
    var revision: Int64 = 0
  }

  private let store: ObjectStore
  private let type: ResourceDefinition
  private let selection: ObjectSelection
  private let revision: Int64?
  private let timeout: Duration
  private let bookmarks: Duration?
  private let asTable: Bool
  private let state = Mutex(State())

  /// - Parameters:
  ///   - revision: changes after it; nil begins with everything that is there.
  ///   - bookmarks: how often one comes; nil for never.
  init(
    store: ObjectStore, type: ResourceDefinition, selection: ObjectSelection, revision: Int64?, timeout: Duration,
    bookmarks: Duration?, asTable: Bool
  ) {
    self.store = store
    self.type = type
    self.selection = selection
    self.revision = revision
    self.timeout = timeout
    self.bookmarks = bookmarks
    self.asTable = asTable
  }

  func cut(atEvent event: Int, bytes: Int) { state.withLock { $0.cut = (event, bytes) } }

  /// From now on the next `count` changes are not told; with the one after them the watch ends with 410.
  func lose(_ count: Int) { state.withLock { $0.toLose = count } }

  func start(_ sink: any WatchSink) {
    state.withLock { $0.sink = sink }
    if let revision {
      do {
        let number = try store.listen(to: type.storageKey, after: revision) { [self] event in hear(event) }
        keep(number)
      } catch {
        fail(error)
        return
      }
    } else {
      let number = store.listenFromNow(
        to: type.storageKey, namespace: selection.namespace,
        start: { objects, _ in
          for object in objects where selection.matches(object) { tell("ADDED", object.value, object.bytes) }
        }, { [self] event in hear(event) })
      keep(number)
    }
    startTimers()
  }

  private func keep(_ number: Int) {
    let isOver = state.withLock { state in
      state.listener = number
      return state.isOver
    }
    if isOver { store.stopListening(number) }
  }

  private func startTimers() {
    var timers = [
      Task { [weak self, timeout] in
        guard (try? await ContinuousClock().sleep(for: timeout)) != nil else { return }
        self?.end(politely: true)
      }
    ]
    if let bookmarks {
      timers.append(
        Task { [weak self] in
          while (try? await ContinuousClock().sleep(for: bookmarks)) != nil {
            guard let self else { return }
            self.bookmark()
          }
        })
    }
    state.withLock { $0.timers += timers }
  }

  /// Ends the watch when its connection is gone, or the server stops.
  func cancel() { end(politely: false) }

  private func end(politely: Bool) {
    if politely, bookmarks != nil { bookmark() }
    let (listener, timers, sink) = state.withLock { state in
      state.isOver = true
      defer {
        state.listener = nil
        state.timers = []
        state.sink = nil
      }
      return (state.listener, state.timers, state.sink)
    }
    if let listener { store.stopListening(listener) }
    for timer in timers { timer.cancel() }
    if politely { sink?.finish() }
  }

  /// An event of the store, under its lock.
  private func hear(_ event: StoreEvent) {
    let was = event.previous.map { selection.matches($0) } ?? false
    let isNow = event.object.map { selection.matches($0) } ?? false
    guard was || isNow else { return }
    if isLost() { return }
    if isNow, let object = event.object {
      tell(was ? "MODIFIED" : "ADDED", object.value, object.bytes)
    } else if event.object == nil, let last = event.previous {
      tell("DELETED", last.value, last.bytes)
    } else if let last = event.previous {
      // It left the selection: the last state that matched, with the version of the change.
      let object = StoredObject(last.value, revision: event.revision, owners: last.owners)
      tell("DELETED", object.value, object.bytes)
    }
  }

  private func isLost() -> Bool {
    let (isLost, isDone) = state.withLock { state -> (Bool, Bool) in
      guard let count = state.toLose else { return (false, false) }
      state.lost += 1
      return (true, state.lost > count)
    }
    if isDone { fail(ObjectStore.TooOld(current: 0, oldest: 0)) }
    return isLost
  }

  private func tell(_ kind: String, _ value: JSONValue, _ bytes: [UInt8]) {
    var object = bytes
    if asTable {
      object = JSONText.bytes(TableText.table([type.shown(value)], type, at: store.now()))
    } else if type.conversion != nil {
      object = JSONText.bytes(type.shown(value))
    }
    send(Array("{\"type\":\"\(kind)\",\"object\":".utf8) + object + Array("}\n".utf8))
  }

  private func bookmark() {
    store.atRevision { revision in
      send(
        Array(
          ("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"\(type.kind)\",\"apiVersion\":\"\(type.apiVersion)\","
            + "\"metadata\":{\"resourceVersion\":\"\(revision)\",\"creationTimestamp\":null}}}\n").utf8), isEvent: false
      )
    }
  }

  private func send(_ line: [UInt8], isEvent: Bool = true) {
    state.withLock { state in
      guard !state.isOver, let sink = state.sink else { return }
      if isEvent, let cut = state.cut, cut.event == state.sent {
        state.isOver = true
        sink.send(Array(line.prefix(cut.bytes)))
        sink.reset()
        return
      }
      if isEvent { state.sent += 1 }
      sink.send(line)
    }
  }

  private func fail(_ error: ObjectStore.TooOld) {
    let message = "too old resource version: \(revision ?? 0) (\(error.current))"
    send(
      Array("{\"type\":\"ERROR\",\"object\":".utf8) + JSONText.bytes(APIError.expired(message).status)
        + Array("}\n".utf8), isEvent: false)
    let sink = state.withLock { state in
      state.isOver = true
      defer { state.sink = nil }
      return state.sink
    }
    sink?.finish()
    // Not here: this may be a call of the store, under its lock.
    Task { cancel() }
  }
}
