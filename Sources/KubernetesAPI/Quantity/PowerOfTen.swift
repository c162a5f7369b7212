/// Powers of ten.
enum PowerOfTen {
  private static let integers: [Int64] = {
    var powers: [Int64] = [1]
    while powers.count < 19, let last = powers.last { powers.append(last * 10) }
    return powers
  }()

  private static let byOne: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
  ]
  private static let by32: [Double] = [1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288]

  /// `10^power` for 0 to 18; the nearest of these otherwise.
  static func integer(_ power: Int) -> Int64 { integers[min(max(power, 0), 18)] }

  /// `10^power`, composed of two table entries as Go's `math.Pow10` does; 0 below -319 and infinite above 319.
  static func double(_ power: Int) -> Double {
    let magnitude = power.magnitude
    guard magnitude < 320 else { return power < 0 ? 0 : .infinity }
    let (high, low) = (by32[Int(magnitude / 32)], byOne[Int(magnitude % 32)])
    return power < 0 ? (1 / high) / low : high * low
  }
}
