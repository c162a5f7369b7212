internal import KubernetesAPI

/// Wakes a controller when something happens that it looks at. Several changes are one wake-up.
struct StoreSignal {
  let stream: AsyncStream<Void>
  private let store: ObjectStore
  private let number: Int

  init(_ store: ObjectStore, when isInteresting: @escaping @Sendable (StoreEvent) -> Bool) {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.stream = stream
    self.store = store
    number = store.listenFromNow(to: nil, namespace: nil, start: { _, _ in continuation.yield() }) { event in
      if isInteresting(event) { continuation.yield() }
    }
  }

  func stop() { store.stopListening(number) }
}
