/// A header block as read, before extended headers change it.
struct TarHeader {
  var name: String
  var mode: UInt64
  var user: UInt64
  var group: UInt64
  var size: UInt64
  var modified: UInt64
  var type: UInt8

  /// - Throws: ``TarError/damaged(_:)``.
  init(_ block: [UInt8]) throws(TarError) {
    let type = block[156]
    let sum = block.indices.reduce(UInt64(0)) { $0 + ((148..<156).contains($1) ? 32 : UInt64(block[$1])) }
    let prefix = Array(block[257..<262]) == Array("ustar".utf8) && block[262] == 0 ? Self.text(block[345..<500]) : ""
    let text = Self.text(block[0..<100])
    let name = prefix.isEmpty ? text : "\(prefix)/\(text)"
    guard try Self.number(block[148..<156], "checksum", name) == sum else {
      throw .damaged("the checksum of a header does not fit")
    }
    self.name = name
    self.type = type
    mode = try Self.number(block[100..<108], "mode", name)
    user = try Self.number(block[108..<116], "owner", name)
    group = try Self.number(block[116..<124], "group", name)
    size = try Self.number(block[124..<136], "size", name)
    modified = try Self.number(block[136..<148], "time", name)
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Octal digits, or (GNU) the number itself after a byte of 0x80. What is empty is 0; what is negative (GNU's 0xff) no
  /// member of ours has.
  private static func number(_ field: ArraySlice<UInt8>, _ what: String, _ name: String) throws(TarError) -> UInt64 {
    guard let first = field.first else { return 0 }
    var result: UInt64 = 0
    if first == 0x80 {
      for byte in field.dropFirst() {
        guard result < 1 << 55 else { throw .refused(name: name, reason: "its \(what) is too large") }
        result = result << 8 | UInt64(byte)
      }
      return result
    }
    let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else {
        throw .damaged("the \(what) of \"\(name)\" is not a number")
      }
      result = result << 3 | UInt64(digit - UInt8(ascii: "0"))
    }
    return result
  }
}
