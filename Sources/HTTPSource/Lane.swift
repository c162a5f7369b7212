internal import Questions

/// The requests to one endpoint: those that curl is at work on, and those that wait. Belongs to the transport's thread.
///
/// curl could queue requests itself (`CURLMOPT_MAX_HOST_CONNECTIONS`). But it keeps one queue for all hosts and, when a
/// connection comes free, wakes only the request that stands first in it: behind a few requests to a server that hangs,
/// requests to healthy servers would wait although their connections are free.
final class Lane {
  let ledger: ConnectionLedger
  private(set) var active = 0
  private var waiting: [Exchange] = []
  private var firstWaiting = 0
  /// The last answer came by HTTP/2. Forgotten when the lane falls idle or a request fails: the next connection might
  /// speak HTTP/1, where every request would take one of its own.
  private var speaksHTTP2 = false

  init(ledger: ConnectionLedger) { self.ledger = ledger }

  func enqueue(_ exchange: Exchange) { waiting.append(exchange) }

  /// The next request to start, when the lane has room for it.
  func dequeue(limits: HTTPTransport.Limits) -> Exchange? {
    let mayMultiplex = speaksHTTP2 && ledger.count <= limits.connectionsPerEndpoint
    guard active < (mayMultiplex ? limits.streamsPerEndpoint : limits.connectionsPerEndpoint) else { return nil }
    while firstWaiting < waiting.count {
      let exchange = waiting[firstWaiting]
      firstWaiting += 1
      if firstWaiting == waiting.count {
        waiting.removeAll(keepingCapacity: false)
        firstWaiting = 0
      }
      // The others were cancelled or ran out of time while they waited.
      if !exchange.isFinished {
        active += 1
        return exchange
      }
    }
    return nil
  }

  /// A request that `dequeue` gave has ended.
  func ended(byHTTP2: Bool) {
    active -= 1
    speaksHTTP2 = byHTTP2 && active > 0
  }
}
