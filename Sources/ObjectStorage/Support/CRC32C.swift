/// The cyclic redundancy check of iSCSI (RFC 3720, section 12.1; polynomial of Castagnoli), eight bytes at a time: S3 and Google
/// know it as a checksum of objects, snappy has it in its frames.
package struct CRC32C: Sendable {
  private static let tables: [[UInt32]] = {
    let first = (0..<256).map { byte in
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : (crc >> 1) ^ 0x82f6_3b78 }
      return crc
    }
    var tables = [first]
    for index in 1..<8 {
      tables.append(tables[index - 1].map { ($0 >> 8) ^ first[Int($0 & 255)] })
    }
    return tables
  }()
  private static let flat = tables.flatMap { $0 }

  private var state: UInt32 = .max

  package init() {}

  package var value: UInt32 { ~state }

  /// That of some bytes alone.
  package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var check = CRC32C()
    check.update(bytes)
    return check.value
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    Self.flat.withUnsafeBufferPointer { table in
      var index = 0
      while bytes.count - index >= 8 {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
        crc = 0
        for position in 0..<8 {
          let byte = Int(truncatingIfNeeded: word >> UInt64(position * 8)) & 255
          crc ^= table[(7 - position) * 256 + byte]
        }
        index += 8
      }
      while index < bytes.count {
        crc = (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[index])) & 255)]
        index += 1
      }
    }
    state = crc
  }
}
