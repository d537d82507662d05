/// A position in the write-ahead log: the number of the byte, counted from the beginning of the cluster's life.
///
/// Positions of different timelines are not comparable by this number alone.
public struct LSN: Sendable, Hashable, Comparable, Codable {
  public var byte: UInt64

  public init(_ byte: UInt64) { self.byte = byte }

  /// Reads PostgreSQL's text form, `16/B374D848`; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let high = Hexadecimal.number(parts[0]), let low = Hexadecimal.number(parts[1]) else {
      return nil
    }
    byte = UInt64(high) << 32 | UInt64(low)
  }

  /// As a number.
  public init(from decoder: any Decoder) throws { byte = try decoder.singleValueContainer().decode(UInt64.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(byte)
  }

  public static func < (left: Self, right: Self) -> Bool { left.byte < right.byte }

  /// The bytes of WAL from `earlier` up to here; 0 when `earlier` is not earlier.
  public func distance(since earlier: LSN) -> UInt64 { byte > earlier.byte ? byte - earlier.byte : 0 }
}

extension LSN: CustomStringConvertible {
  /// As PostgreSQL writes it (`%X/%X`, without leading zeros).
  public var description: String {
    "\(String(byte >> 32, radix: 16, uppercase: true))/\(String(byte & 0xFFFF_FFFF, radix: 16, uppercase: true))"
  }
}

enum Hexadecimal {
  /// One to eight hexadecimal digits and nothing else: `UInt32(_:radix:)` would also take a sign.
  static func number(_ text: some StringProtocol) -> UInt32? {
    guard (1...8).contains(text.utf8.count), text.utf8.allSatisfy(isDigit) else { return nil }
    return UInt32(text, radix: 16)
  }

  /// Eight upper-case digits, as in the name of a WAL segment.
  static func eightDigits(_ number: UInt32) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
