/// The name of a backup in the catalogue: the second in which it began, in UTC, as `20240605T134715`.
public struct BackupID: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let text: String

  /// Nil for anything else.
  public init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count == 15, bytes[8] == UInt8(ascii: "T"),
      bytes.enumerated().allSatisfy({ $0.offset == 8 || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0.element) })
    else { return nil }
    self.text = String(text)
  }

  /// - Parameter now: when the backup begins.
  public init(at now: UTCTime) {
    let all = now.description
    let digits = all.prefix(19).filter(\.isNumber)
    text = "\(digits.prefix(8))T\(digits.dropFirst(8))"
  }

  public var description: String { text }

  public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
