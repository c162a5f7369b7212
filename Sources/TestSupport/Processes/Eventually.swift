/// What a test waited for did not come in time.
public struct DeadlinePassed: Error, CustomStringConvertible {
  public var what: String
  public var details: String

  public init(what: String, details: String = "") {
    self.what = what
    self.details = details
  }

  public var description: String { details.isEmpty ? "waited in vain: \(what)" : "waited in vain: \(what)\n\(details)" }
}

/// Waits until `condition` holds, looking every `interval`. On an external cluster `limit` is longer: see
/// `TestCluster.patience`.
/// - Throws: `DeadlinePassed` when it does not hold within `limit`; an error of `condition` counts as "not yet",
///   and the last one is part of the message.
public func eventually(
  _ what: String, within limit: Duration = .seconds(10), every interval: Duration = .milliseconds(5),
  _ condition: () async throws -> Bool
) async throws {
  let clock = ContinuousClock()
  let end = clock.now.advanced(by: limit * TestCluster.patience)
  var lastError: (any Error)?
  while true {
    do {
      if try await condition() { return }
      lastError = nil
    } catch let error as CancellationError {
      throw error
    } catch {
      lastError = error
    }
    guard clock.now < end else { throw DeadlinePassed(what: what, details: lastError.map { "\($0)" } ?? "") }
    try await clock.sleep(for: interval)
  }
}
