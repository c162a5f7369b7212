/// What goes wrong with a request, and how often.
public struct Fault: Sendable {
  public enum Effect: Sendable {
    /// The answer comes later.
    case delay(Duration)
    /// 429 with Retry-After in seconds; the request is not carried out.
    case tooManyRequests(retryAfter: Int)
    /// An answer with this status, as 500 or 503; the request is not carried out.
    case status(Int)
    /// 409 as for a stale resourceVersion; only writes.
    case conflict
    /// The connection is reset before the request is carried out.
    case cutBefore
    /// The request is carried out, and the connection reset without an answer.
    case cutAfter
    /// The request is carried out, and the connection reset in the middle of the answer's body.
    case cutMiddle
    /// A watch is cut after so many bytes of its event number `event` (the first is 0).
    case cutWatch(event: Int, bytes: Int)
    /// Watches lose the events from now on, and get a 410 with the next one after `events` lost ones.
    case loseWatchEvents(Int)
    /// Lists and gets answer with what was there this many changes ago.
    case stale(changes: Int)
  }

  /// What the test knows of a request when a fault chooses.
  public struct Target: Sendable {
    public var verb: String
    public var path: String
    public var resource: String
    public var namespace: String
    public var name: String
    public var user: String
    /// What follows the question mark.
    public var query = ""
  }

  public var effect: Effect
  /// How many requests it hits; nil for all that match.
  public var count: Int?
  /// 0 to 1, drawn for each matching request with the server's seed.
  public var probability: Double
  public var matches: @Sendable (Target) -> Bool

  public init(
    _ effect: Effect, count: Int? = nil, probability: Double = 1,
    when matches: @escaping @Sendable (Target) -> Bool = { _ in true }
  ) {
    self.effect = effect
    self.count = count
    self.probability = probability
    self.matches = matches
  }
}
