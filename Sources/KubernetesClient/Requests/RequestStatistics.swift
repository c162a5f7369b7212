/// What the client has done since it was made, for telemetry.
public struct RequestStatistics: Sendable {
  public struct Kind: Hashable, Sendable {
    /// `get`, `list`, `watch`, `create`, `update`, `patch` or `delete`.
    public var verb: String
    /// The HTTP status, or 0 when there was no answer.
    public var status: Int

    public init(verb: String, status: Int) {
      self.verb = verb
      self.status = status
    }
  }

  /// Requests that ended, repeated ones counted each time.
  public var requests: [Kind: Int] = [:]
  /// Requests sent again: after a Retry-After, a new token, or a connection that the server had closed.
  public var repeated = 0
  public var underWay = 0
  /// Requests that wait until others end.
  public var waiting = 0
  public var watchesOpen = 0

  public init() {}
}
