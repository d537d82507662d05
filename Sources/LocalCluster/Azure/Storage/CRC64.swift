/// The checksum of Blob Storage's header `x-ms-content-crc64`: the 64-bit polynomial that NVMe has too, reflected, with all
/// bits inverted before and after.
struct CRC64: Sendable {
  private var state: UInt64 = .max

  private static let polynomial: UInt64 = 0x9A6C_9329_AC4B_C9B5

  /// Eight tables: eight bytes at a time.
  private static let tables: [UInt64] = {
    var tables = [UInt64](repeating: 0, count: 8 * 256)
    for index in 0..<256 {
      var value = UInt64(index)
      for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ polynomial : value >> 1 }
      tables[index] = value
    }
    for table in 1..<8 {
      for index in 0..<256 {
        let before = tables[(table - 1) * 256 + index]
        tables[table * 256 + index] = tables[Int(before & 0xFF)] ^ (before >> 8)
      }
    }
    return tables
  }()

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    Self.tables.withUnsafeBufferPointer { tables in
      var state = state
      var offset = 0
      while offset + 8 <= bytes.count {
        let word = state ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        var next: UInt64 = 0
        for lane in 0..<8 { next ^= tables[(7 - lane) * 256 + Int((word >> (UInt64(lane) * 8)) & 0xFF)] }
        state = next
        offset += 8
      }
      while offset < bytes.count {
        state = tables[Int((state ^ UInt64(bytes[offset])) & 0xFF)] ^ (state >> 8)
        offset += 1
      }
      self.state = state
    }
  }

  /// Eight bytes, the least significant first, as the header has them.
  var bytes: [UInt8] { withUnsafeBytes(of: (~state).littleEndian) { Array($0) } }
}
