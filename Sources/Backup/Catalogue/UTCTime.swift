import Glibc

/// A moment, to the microsecond, as Barman's files have it.
public struct UTCTime: Sendable, Hashable, Comparable {
  /// Microseconds since 1970, UTC.
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// Seconds since 1970, UTC.
  public init(seconds: Int64) { microseconds = seconds * 1_000_000 }

  public static var now: UTCTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UTCTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

  public func adding(seconds: Int64) -> UTCTime { UTCTime(microseconds: microseconds + seconds * 1_000_000) }

  private struct Fields {
    var year: Int32
    var month: Int32
    var day: Int32
    var hour: Int32
    var minute: Int32
    var second: Int32
    var fraction: Int64
  }

  private var fields: Fields {
    let whole = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let isBefore = whole.remainder < 0
    var seconds = time_t(isBefore ? whole.quotient - 1 : whole.quotient)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return Fields(
      year: parts.tm_year + 1900, month: parts.tm_mon + 1, day: parts.tm_mday, hour: parts.tm_hour,
      minute: parts.tm_min, second: parts.tm_sec, fraction: isBefore ? whole.remainder + 1_000_000 : whole.remainder)
  }

  private static func padded(_ number: some BinaryInteger, _ length: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, length - digits.count)) + digits
  }

  private func text(separator: String) -> String {
    let fields = fields
    let day = "\(Self.padded(fields.year, 4))-\(Self.padded(fields.month, 2))-\(Self.padded(fields.day, 2))"
    let time = "\(Self.padded(fields.hour, 2)):\(Self.padded(fields.minute, 2)):\(Self.padded(fields.second, 2))"
    return day + separator + time
  }

  private var fraction: String { fields.fraction == 0 ? "" : "." + Self.padded(fields.fraction, 6) }

  /// RFC 3339, to the second: `2024-06-05T13:47:15Z`.
  public var seconds: String { text(separator: "T") + "Z" }

  /// As in PostgreSQL's notes about backups: `2024-06-05 13:47:15 UTC`.
  public var note: String { text(separator: " ") + " UTC" }

  /// As PostgreSQL takes it for `recovery_target_time`: `2024-06-05 13:47:15.123456+00:00`.
  public var postgres: String { text(separator: " ") + "." + Self.padded(fields.fraction, 6) + "+00:00" }
}

extension UTCTime: CustomStringConvertible {
  /// Python's text of a time with zone: `2024-06-05 13:47:15.123456+00:00`, without a fraction that is zero.
  public var description: String { text(separator: " ") + fraction + "+00:00" }
}

extension UTCTime {
  /// Reads `2024-06-05 13:47:15.123456+00:00`: also with `T`, with `Z`, another offset (`+02`, `+0200`, `+02:00`), without a
  /// fraction, without a time of day, and without a zone, which then is UTC. Nil for anything else.
  public init?(_ text: some StringProtocol) {
    let pattern =
      #/(\d{4})-(\d{2})-(\d{2})(?:[ Tt](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?/#
    guard let match = String(text).wholeMatch(of: pattern)?.output else { return nil }
    func number(_ text: Substring?) -> Int { text.flatMap { Int($0) } ?? 0 }
    let (month, day) = (number(match.2), number(match.3))
    let (hour, minute, second) = (number(match.4), number(match.5), number(match.6))
    guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61 else { return nil }
    var parts = tm()
    parts.tm_year = Int32(number(match.1)) - 1900
    parts.tm_mon = Int32(month) - 1
    parts.tm_mday = Int32(day)
    parts.tm_hour = Int32(hour)
    parts.tm_min = Int32(minute)
    parts.tm_sec = Int32(second)
    let seconds = timegm(&parts)
    // February 30 would become March.
    guard Int(parts.tm_mday) == day else { return nil }
    let fraction = match.7.map { String(($0 + "000000").prefix(6)) } ?? "0"
    guard let offset = Self.offset(match.8) else { return nil }
    microseconds = (Int64(seconds) - offset) * 1_000_000 + (Int64(fraction) ?? 0)
  }

  /// Seconds east of Greenwich.
  private static func offset(_ text: Substring?) -> Int64? {
    guard let text, let sign = text.first, sign == "+" || sign == "-" else { return 0 }
    let digits = text.dropFirst().filter(\.isNumber)
    guard let hours = Int64(digits.prefix(2)), hours < 24 else { return nil }
    let minutes = digits.count == 4 ? Int64(digits.suffix(2)) ?? 0 : 0
    guard minutes < 60 else { return nil }
    return (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}
