/// Waits until `condition` holds, yielding in between, for `limit` of real time at most.
/// - Returns: whether it came to hold.
public func eventually(
  within limit: Duration = .seconds(10), every pause: Duration = .milliseconds(2),
  _ condition: () async throws -> Bool
) async rethrows -> Bool {
  let clock = ContinuousClock()
  let deadline = clock.now + limit
  while true {
    if try await condition() { return true }
    if clock.now >= deadline { return false }
    try? await clock.sleep(for: pause)
  }
}
