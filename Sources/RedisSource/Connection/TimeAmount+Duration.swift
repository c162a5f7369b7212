internal import NIOCore

extension TimeAmount {
  /// The duration, from 0 to one day: longer waits mean "for ever" to a question, and must not overflow a deadline.
  init(clamping duration: Duration) {
    let day: Int64 = 86_400
    let (seconds, attoseconds) = duration.components
    if seconds < 0 || attoseconds < 0 {
      self = .zero
    } else if seconds >= day {
      self = .seconds(day)
    } else {
      self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
  }
}
