/// One line of history of a cluster. Every promotion begins a new one with a higher number; 1 is the first.
public struct TimelineID: Sendable, Hashable, Comparable, Codable {
  public var number: UInt32

  public init(_ number: UInt32) { self.number = number }

  public init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(UInt32.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }

  /// The name of the file in `pg_wal` that tells where this timeline branched off: `00000002.history`.
  public var historyFileName: String { Hexadecimal.eightDigits(number) + ".history" }

  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

extension TimelineID: CustomStringConvertible {
  public var description: String { String(number) }
}
