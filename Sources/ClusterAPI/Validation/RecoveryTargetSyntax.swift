/// How the targets of a recovery are written.
enum RecoveryTargetSyntax {
  /// A position in the write-ahead log: two hexadecimal numbers of at most 32 bits, `0/5000028`.
  static func isPosition(_ text: String) -> Bool {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    return halves.count == 2
      && halves.allSatisfy { (1...8).contains($0.utf8.count) && $0.allSatisfy { $0.isASCII && $0.isHexDigit } }
  }

  static func isTransaction(_ text: String) -> Bool {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && UInt32(text) != nil
  }

  static func isTimeline(_ text: String) -> Bool {
    text.isEmpty || text == "latest" || (Int(text).map { $0 >= 1 } ?? false)
  }

  /// A time in the form of RFC 3339 or of PostgreSQL: `2024-06-05 13:47:15.5+02`. The zone may be left out.
  static func isTime(_ text: String) -> Bool {
    guard let match = text.wholeMatch(of: time) else { return false }
    guard let year = Int(match.1), let month = Int(match.2), let day = Int(match.3) else { return false }
    guard let hour = Int(match.4), let minute = Int(match.5), let second = Int(match.6) else { return false }
    return (1...12).contains(month) && (1...days(in: month, of: year)).contains(day) && hour < 24 && minute < 60
      && second < 60
  }

  // A computed property: Regex is not Sendable.
  private static var time: Regex<(Substring, Substring, Substring, Substring, Substring, Substring, Substring)> {
    /(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})? ?(?:Z|[+-]\d\d(?::?\d\d)?)?/
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    default: 31
    }
  }
}
