/// The body of an answer to `/api/v1/query`, as far as a trigger reads it.
struct PrometheusResponse {
  /// One sample's value: the second of the pair `[time, "value"]`.
  enum Sample: Hashable {
    case text(String)
    case null
    /// Something else than text.
    case other
  }

  /// A sample's pair.
  enum Pair: Hashable {
    case empty
    /// Only the time.
    case incomplete
    case sample(Sample)
  }

  enum Result: Hashable {
    case absent
    case null
    /// A list of series: how many, and the first one's pair.
    case series(count: Int, first: Pair)
    /// A single pair, as scalars and strings have it.
    case pair(Pair)
    /// Something else than a list.
    case other
  }

  var isObject = true
  var status: String?
  /// What Prometheus says went wrong.
  var error: String?
  var resultType: String?
  var result = Result.absent

  /// Reads a body. Unknown fields are passed over; a field of another type than expected counts as absent.
  init(_ body: [UInt8]) throws(JSONScanner.Malformed) {
    var scanner = JSONScanner(body)
    guard try scanner.next() == .object else {
      isObject = false
      try scanner.skip()
      try scanner.end()
      return
    }
    try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
      switch key {
      case "status": status = try Self.text(&scanner)
      case "error": error = try Self.text(&scanner)
      case "data":
        guard try scanner.next() == .object else { return try scanner.skip() }
        try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
          switch key {
          case "resultType": resultType = try Self.text(&scanner)
          case "result": result = try Self.result(&scanner)
          default: try scanner.skip()
          }
        }
      default: try scanner.skip()
      }
    }
    try scanner.end()
  }

  private static func text(_ scanner: inout JSONScanner) throws(JSONScanner.Malformed) -> String? {
    if try scanner.next() == .string { return try scanner.string() }
    try scanner.skip()
    return nil
  }

  private static func result(_ scanner: inout JSONScanner) throws(JSONScanner.Malformed) -> Result {
    switch try scanner.next() {
    case .null:
      try scanner.skip()
      return .null
    case .array: break
    default:
      try scanner.skip()
      return .other
    }
    var count = 0
    var first = Pair.empty
    var isPair = false
    try scanner.array { (index, scanner) throws(JSONScanner.Malformed) in
      count = index + 1
      guard try scanner.next() == .object else {
        if index == 0 { isPair = true }
        if isPair { return try read(index, of: &first, &scanner) }
        return try scanner.skip()
      }
      try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
        guard key == "value", index == 0, try scanner.next() == .array else { return try scanner.skip() }
        try scanner.array { (index, scanner) throws(JSONScanner.Malformed) in try read(index, of: &first, &scanner) }
      }
    }
    return isPair ? .pair(first) : .series(count: count, first: first)
  }

  /// Reads one part of a pair. Further parts are passed over.
  private static func read(
    _ index: Int, of pair: inout Pair, _ scanner: inout JSONScanner
  ) throws(JSONScanner.Malformed) {
    guard index == 1 else {
      if index == 0 { pair = .incomplete }
      return try scanner.skip()
    }
    switch try scanner.next() {
    case .string: pair = .sample(.text(try scanner.string()))
    case .null:
      try scanner.skip()
      pair = .sample(.null)
    default:
      try scanner.skip()
      pair = .sample(.other)
    }
  }
}
