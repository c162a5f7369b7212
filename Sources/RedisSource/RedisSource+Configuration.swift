extension RedisSource {
  /// Limits of one source. The defaults suit a server in the same data centre and thousands of questions a batch.
  public struct Configuration: Hashable, Sendable {
    /// How long opening a connection may take: TCP, TLS, AUTH and SELECT together. An attempt outlives the batch that
    /// began it, so a batch with a shorter timeout leaves a connection for the next one.
    public var connectTimeout: Duration
    /// The largest single reply that is read, in bytes on the wire. The connection that brings a larger one is dropped.
    public var maxReplyBytes: Int
    /// The most that is read for one batch from one node, in bytes on the wire. What is left then is `.answerTooLarge`.
    public var maxBatchBytes: Int
    /// How many commands of one batch are sent to one node before their replies are awaited. A larger batch goes in
    /// pieces of this size, one after the other.
    public var pipelineDepth: Int
    /// A connection that owes replies and has been silent for this long is not used again; a new one takes its place.
    public var silenceLimit: Duration

    public init(
      connectTimeout: Duration = .seconds(3), maxReplyBytes: Int = 1 << 20, maxBatchBytes: Int = 64 << 20,
      pipelineDepth: Int = 16_384, silenceLimit: Duration = .seconds(2)
    ) {
      self.connectTimeout = connectTimeout
      self.maxReplyBytes = max(1, maxReplyBytes)
      self.maxBatchBytes = max(1, maxBatchBytes)
      self.pipelineDepth = max(1, pipelineDepth)
      self.silenceLimit = silenceLimit
    }
  }
}
