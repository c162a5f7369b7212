internal import Foundation
internal import KubernetesAPI

/// Quantities: what parses prints, and prints so that it parses to the same number; what a metric's number becomes is never
/// negative, and is what C prints with three decimals.
///
/// The input is one text, and if it has two lines the two are compared. Its first eight bytes are a number, too.
enum QuantityCheck {
  static func run(_ input: [UInt8]) throws(BrokenInvariant) {
    var bits: UInt64 = 0
    for byte in input.prefix(8) { bits = bits << 8 | UInt64(byte) }
    try run(metric: Double(bitPattern: bits))

    let text = String(decoding: input, as: UTF8.self)
    if let number = Double(text) { try run(metric: number) }
    let first = try parsed(text)
    let lines = text.split(separator: "\n", maxSplits: 1).map(String.init)
    guard first == nil, lines.count == 2, let left = try parsed(lines[0]), let right = try parsed(lines[1]) else {
      return
    }
    try compare(left, right)
  }

  /// A metric's number on its way to the HPA.
  static func run(metric value: Double) throws(BrokenInvariant) {
    let quantity = Quantity(metric: value)
    let text = quantity.description
    guard value > 0, value.isFinite else { return try requireEqual(text, "0", "the metric \(value)") }
    try require(quantity.sign >= 0 && !text.hasPrefix("-"), "the metric \(value) became \(text)")
    try requireEqual(try? Quantity(parsing: text), quantity, "the metric \(value) as text \(text)")
    let expected = String(format: "%.3f", value)
    try requireEqual(try? Quantity(parsing: expected), quantity, "the metric \(value), which C prints as \(expected)")
  }

  private static func parsed(_ text: String) throws(BrokenInvariant) -> Quantity? {
    let quantity: Quantity
    do {
      quantity = try Quantity(parsing: text)
    } catch {
      try MessageCheck.run(error.description, of: "quantity error")
      return nil
    }
    for printed in [quantity.description, quantity.canonical] {
      try requireEqual(try? Quantity(parsing: printed), quantity, "\(text) printed as \(printed)")
    }
    if let again = try? Quantity(parsing: quantity.canonical) { try compare(quantity, again) }
    try compare(quantity, .zero)

    try requireEqual(quantity.compare(.zero), quantity.sign, "the sign of \(text)")
    try requireEqual(quantity.value.signum(), Int64(quantity.sign), "the sign of the value of \(text)")
    try requireEqual(quantity.milliValue.signum(), Int64(quantity.sign), "the sign of the thousandths of \(text)")
    let number = quantity.approximateDouble
    try require(number.isFinite && number * Double(quantity.sign) >= 0, "\(text) is about \(number)")
    return quantity
  }

  private static func compare(_ left: Quantity, _ right: Quantity) throws(BrokenInvariant) {
    let order = left.compare(right)
    try requireEqual(order, -right.compare(left), "\(left) and \(right), compared in both directions")
    if order == 0 { try requireEqual(left.hashValue, right.hashValue, "the hashes of \(left) and \(right)") }
    let (smaller, larger) = order <= 0 ? (left, right) : (right, left)
    try require(smaller.value <= larger.value, "the values of \(smaller) and \(larger) are in another order")
    try require(
      smaller.milliValue <= larger.milliValue, "the thousandths of \(smaller) and \(larger) are in another order")
  }
}
