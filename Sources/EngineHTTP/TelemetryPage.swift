public import Engine

/// Renders `/metrics` from what the engine knows at the moment of the scrape.
public struct TelemetryPage: Sendable {
  private let engine: ScaleEngine
  private let latency: APILatency

  public init(engine: ScaleEngine, latency: APILatency) {
    self.engine = engine
    self.latency = latency
  }

  public func render() -> String { "" }
}
