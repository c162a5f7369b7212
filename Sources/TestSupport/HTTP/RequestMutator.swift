/// Changes requests, or parts of them, as a fuzzer does: a few bytes changed, put in, taken out or repeated.
public struct RequestMutator: Sendable {
  private let edits: ClosedRange<Int>
  private let bytes: ClosedRange<UInt8>
  private let insertions: [[UInt8]]
  private let truncates: Bool

  /// For whole requests: any byte may stand anywhere, and the end may be missing.
  public static let anyBytes = RequestMutator(edits: 1...4, bytes: 0...255, insertions: [], truncates: true)

  /// For the texts in a request (targets, header values): printable, with a liking for what has a meaning there.
  public static let printable = RequestMutator(
    edits: 1...3, bytes: 0x21...0x7E,
    insertions: ["%", "%2F", "%00", "%ff", "/", ",", "=", "!", "(", ")", " ", "a"].map { Array($0.utf8) },
    truncates: false)

  /// - Parameter random: the same numbers make the same changes.
  public func mutation(of original: [UInt8], random: inout SeededRandom) -> [UInt8] {
    var changed = original
    for _ in 0..<Int.random(in: edits, using: &random) where !changed.isEmpty {
      let place = Int.random(in: 0..<changed.count, using: &random)
      switch Int.random(in: 0..<(truncates ? 5 : 4), using: &random) {
      case 0: changed[place] = UInt8.random(in: bytes, using: &random)
      case 1:
        let piece = insertions.randomElement(using: &random) ?? [UInt8.random(in: bytes, using: &random)]
        changed.insert(contentsOf: piece, at: place)
      case 2: changed.remove(at: place)
      case 3: changed.replaceSubrange(place..<place, with: changed[place...])
      default: changed.removeSubrange(place...)
      }
    }
    return changed
  }

  public func mutation(of original: String, random: inout SeededRandom) -> String {
    String(decoding: mutation(of: Array(original.utf8), random: &random), as: UTF8.self)
  }
}
