import NIOCore

extension TarEntry {
  /// The blocks that go before the member's bytes: ustar (POSIX.1-1988), and before it, where a field does not fit or is not
  /// ASCII, an extended header (pax, POSIX.1-2001), as Python's `tarfile` writes them.
  public func writeHeader(into output: inout ByteBuffer) {
    var records = ""
    var header = TarHeaderBlock()
    if name.utf8.count > 100 || !name.utf8.allSatisfy({ $0 < 128 }) { records += Self.record("path", name) }
    header.put(name.unicodeScalars.map { $0.isASCII ? UInt8($0.value) : UInt8(ascii: "?") }, at: 0, length: 100)
    header.put(UInt64(mode & 0o7777), at: 100, digits: 7)
    func number(_ key: String, _ value: UInt64, at offset: Int, digits: Int) {
      let fits = value < 1 << UInt64(3 * digits)
      if !fits { records += Self.record(key, String(value)) }
      header.put(fits ? value : 0, at: offset, digits: digits)
    }
    number("uid", UInt64(user), at: 108, digits: 7)
    number("gid", UInt64(group), at: 116, digits: 7)
    number("size", UInt64(max(0, size)), at: 124, digits: 11)
    number("mtime", UInt64(max(0, modified)), at: 136, digits: 11)
    header.finish(type: kind == .directory ? UInt8(ascii: "5") : UInt8(ascii: "0"))
    if !records.isEmpty { Self.writeExtendedHeader(records, into: &output) }
    output.writeBytes(header.bytes)
  }

  /// What follows the last member: two blocks of zeros, and zeros up to a whole record.
  ///
  /// - Parameter length: of the archive so far.
  public static func writeEnd(after length: Int64, into output: inout ByteBuffer) {
    let end = length + Int64(2 * Tar.block)
    let rest = (Int64(Tar.record) - end % Int64(Tar.record)) % Int64(Tar.record)
    output.writeRepeatingByte(0, count: 2 * Tar.block + Int(rest))
  }

  private static func writeExtendedHeader(_ records: String, into output: inout ByteBuffer) {
    var header = TarHeaderBlock()
    header.put(Array("././@PaxHeader".utf8), at: 0, length: 100)
    for (offset, digits) in [(100, 7), (108, 7), (116, 7), (136, 11)] { header.put(0, at: offset, digits: digits) }
    header.put(UInt64(records.utf8.count), at: 124, digits: 11)
    header.finish(type: UInt8(ascii: "x"))
    output.writeBytes(header.bytes)
    output.writeString(records)
    output.writeRepeatingByte(0, count: Tar.padding(Int64(records.utf8.count)))
  }

  /// `LENGTH KEY=VALUE\n`, where the length counts its own digits.
  private static func record(_ key: String, _ value: String) -> String {
    let rest = " \(key)=\(value)\n"
    var length = rest.utf8.count
    while String(length).utf8.count + rest.utf8.count != length { length = String(length).utf8.count + rest.utf8.count }
    return "\(length)\(rest)"
  }
}

/// A header of 512 bytes that is being filled in.
private struct TarHeaderBlock {
  var bytes = [UInt8](repeating: 0, count: Tar.block)

  mutating func put(_ text: [UInt8], at offset: Int, length: Int) {
    for (index, byte) in text.prefix(length).enumerated() { bytes[offset + index] = byte }
  }

  /// Octal, with leading zeros; a zero byte follows.
  mutating func put(_ number: UInt64, at offset: Int, digits: Int) {
    var rest = number
    for index in (0..<digits).reversed() {
      bytes[offset + index] = UInt8(ascii: "0") + UInt8(rest & 7)
      rest >>= 3
    }
  }

  mutating func finish(type: UInt8) {
    bytes[156] = type
    put(Array("ustar".utf8) + [0] + Array("00".utf8), at: 257, length: 8)
    put(0, at: 329, digits: 7)
    put(0, at: 337, digits: 7)
    // The sum is taken with blanks in its own place.
    put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148, length: 8)
    let sum = bytes.reduce(UInt64(0)) { $0 + UInt64($1) }
    put(sum, at: 148, digits: 6)
    bytes[154] = 0
  }
}
