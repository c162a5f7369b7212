/// Inputs made of others by small damage, the same ones for the same seed.
struct InputMutator {
  /// Longer inputs are cut: the tests want many, not large ones.
  static let maximumLength = 4_096
  private static let edges: [[UInt8]] = [
    "-1", "0", "9223372036854775808", "1e400", "NaN", "\u{0}", "\r\n", "\"", "{", "]", ": ", "*", "&a ", "\u{e9}", "\t",
  ].map { Array($0.utf8) }

  private let inputs: [[UInt8]]
  private var state: UInt64

  init(seed: UInt64, inputs: [[UInt8]]) {
    self.inputs = inputs
    state = seed
  }

  mutating func nextInput() -> [UInt8] {
    var input = inputs.randomElement(using: &self) ?? []
    input = Array(input.prefix(Self.maximumLength))
    for _ in 0..<Int.random(in: 1...4, using: &self) { mutate(&input) }
    return input
  }

  private mutating func mutate(_ input: inout [UInt8]) {
    let place = Int.random(in: 0...input.count, using: &self)
    let length = min(Int.random(in: 1...16, using: &self), input.count - place)
    switch Int.random(in: 0..<7, using: &self) {
    case 0 where place < input.count:
      input[place] = UInt8.random(in: .min ... .max, using: &self)
    case 1 where place < input.count:
      input[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
    case 2:
      input.removeSubrange(place..<(place + length))
    case 3:
      input.insert(
        contentsOf: Array(input[place..<(place + length)]), at: Int.random(in: 0...input.count, using: &self))
    case 4:
      input.insert(contentsOf: Self.edges.randomElement(using: &self) ?? [], at: place)
    case 5:
      let other = inputs.randomElement(using: &self) ?? []
      input = Array(input.prefix(place) + other.suffix(Int.random(in: 0...other.count, using: &self)))
    default:
      input.removeLast(input.count - place)
    }
  }
}

extension InputMutator: RandomNumberGenerator {
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
