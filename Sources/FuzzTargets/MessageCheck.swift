internal import Autoscaling

/// What people read must be readable: said at all, of a bearable length, and without control characters that a terminal
/// would obey.
enum MessageCheck {
  /// Bytes. What comes from outside is shortened before it stands in a message.
  static let maximumLength = 8192

  static func run(_ message: String, of origin: @autoclosure () -> String) throws(BrokenInvariant) {
    try require(!message.isEmpty, "\(origin()): the message is empty")
    try require(
      message.utf8.count <= maximumLength,
      "\(origin()): the message is \(message.utf8.count) bytes long: \(message.prefix(200))")
    try require(
      !message.unicodeScalars.contains { $0.properties.generalCategory == .control },
      "\(origin()): the message holds a control character: \(message.debugDescription)")
  }
}

/// A reading is a number that can be divided and compared, or unknown with a cause.
enum OutcomeCheck {
  static func run(_ outcome: Reading.Outcome) throws(BrokenInvariant) {
    switch outcome {
    case .value(let measurement):
      try require(measurement.value.isFinite, "the value \(measurement.value) is not finite")
      try require(measurement.activationValue.isFinite, "the activation value is not finite")
      try QuantityCheck.run(metric: measurement.value)
    case .unknown(let reason):
      try require(!reason.code.isEmpty && reason.code.utf8.allSatisfy(isLetter), "the code is \"\(reason.code)\"")
      try MessageCheck.run(reason.message, of: reason.code)
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
}
