internal import FuzzTargets

/// What libFuzzer hands over for one run.
public struct FuzzInput {
  private let bytes: [UInt8]

  public init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
    bytes = Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// Runs one target (`FuzzTarget`'s raw value) and stops the program when something does not hold, so that libFuzzer
  /// keeps the input.
  /// - Returns: 0, as libFuzzer wants it.
  public func run(_ target: String) -> Int32 {
    guard let target = FuzzTarget(rawValue: target) else { fatalError("there is no target \(target)") }
    do {
      try target.run(bytes)
    } catch {
      fatalError("does not hold: \(error)")
    }
    return 0
  }
}
