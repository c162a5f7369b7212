/// Which of the 16,384 hash slots of a Redis Cluster a key belongs to.
enum KeySlot {
  static let count = 16_384

  /// CRC16 of the key modulo 16,384; of the part between the first `{` and the next `}` only, where that is not empty:
  /// `{user1000}.following` and `{user1000}.followers` share a slot.
  static func slot(of key: String) -> Int {
    var bytes = Array(key.utf8)[...]
    if let open = bytes.firstIndex(of: UInt8(ascii: "{")),
      let close = bytes[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
    {
      bytes = bytes[(open + 1)..<close]
    }
    return Int(crc16(bytes)) % count
  }

  /// CRC-16/XMODEM: polynomial 0x1021, start 0, most significant bit first. "123456789" gives 0x31C3.
  static func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
    bytes.reduce(0) { crc, byte in (crc << 8) ^ table[Int(UInt8(crc >> 8) ^ byte)] }
  }

  private static let table: [UInt16] = (0..<256).map { index in
    (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : (crc << 1) ^ 0x1021 }
  }
}
