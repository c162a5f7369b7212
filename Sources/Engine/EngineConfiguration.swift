/// The engine's own settings, the same for all objects.
public struct EngineConfiguration: Sendable {
  /// The step of the polls' phases: objects due within one step are asked together, which costs less than one by one.
  public var pollGrain: Duration
  /// A metric GET is answered from memory while the last reading is younger than this.
  public var freshness: Duration
  /// How long a metric GET waits for a new reading before it is answered with the last one.
  public var readDeadline: Duration
  /// How many decisions are kept for each object.
  public var journalCapacity: Int

  public init(
    pollGrain: Duration = .milliseconds(500), freshness: Duration = .seconds(2),
    readDeadline: Duration = .milliseconds(1_500), journalCapacity: Int = 16
  ) {
    self.pollGrain = pollGrain
    self.freshness = freshness
    self.readDeadline = readDeadline
    self.journalCapacity = journalCapacity
  }
}
