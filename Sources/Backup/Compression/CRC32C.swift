/// The cyclic redundancy check with Castagnoli's polynomial (RFC 3720, B.4), as snappy's frames have it.
enum CRC32C {
  /// Eight tables of 256: for a byte with none to seven further bytes behind it.
  private static let tables: [UInt32] = {
    var tables: [UInt32] = (0..<256).map { (byte: UInt32) -> UInt32 in
      var rest = byte
      for _ in 0..<8 { rest = rest & 1 == 0 ? rest >> 1 : (rest >> 1) ^ 0x82f6_3b78 }
      return rest
    }
    for index in 256..<8 * 256 {
      let shorter = tables[index - 256]
      tables.append(shorter >> 8 ^ tables[Int(shorter & 0xff)])
    }
    return tables
  }()

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { table in
      var checksum: UInt32 = .max
      var at = 0
      while at + 8 <= bytes.count {
        let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian ^ UInt64(checksum)
        checksum = 0
        for index in 0..<8 { checksum ^= table[(7 - index) * 256 + Int(word >> UInt64(8 * index) & 0xff)] }
        at += 8
      }
      for byte in bytes[at...] { checksum = checksum >> 8 ^ table[Int((checksum ^ UInt32(byte)) & 0xff)] }
      return ~checksum
    }
  }
}
