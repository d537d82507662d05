import Glibc

/// The forms of time that services write: all UTC, seconds since 1970 here.
enum HTTPDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
  static func text(_ seconds: Double) -> String {
    let parts = broken(seconds)
    return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }

  /// `20130524T000000Z`, as AWS signs it.
  static func compact(_ seconds: Double) -> String {
    let parts = broken(seconds)
    return "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))T"
      + "\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))Z"
  }

  /// Reads ``text(_:)``'s form.
  static func parse(_ text: String) -> Double? {
    let words = text.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "," })
    guard words.count == 8, let day = Int32(words[1]), let month = months.firstIndex(of: String(words[2])),
      let year = Int32(words[3]), let hour = Int32(words[4]), let minute = Int32(words[5]), let second = Int32(words[6])
    else { return nil }
    return seconds(year: year, month: Int32(month), day: day, hour: hour, minute: minute, second: second)
  }

  /// `2024-06-05T13:47:15.123Z` (RFC 3339, as XML and JSON listings have it).
  static func parseISO(_ text: String) -> Double? {
    let words = text.split(whereSeparator: { "-T:Z.+".contains($0) })
    guard words.count >= 6, let year = Int32(words[0]), let month = Int32(words[1]), let day = Int32(words[2]),
      let hour = Int32(words[3]), let minute = Int32(words[4]), let second = Int32(words[5])
    else { return nil }
    return seconds(year: year, month: month - 1, day: day, hour: hour, minute: minute, second: second)
  }

  /// `Retry-After`: seconds, or a date.
  static func retryAfter(_ text: String?, now: Double) -> Duration? {
    guard let text else { return nil }
    if let seconds = Int(text) { return .seconds(min(max(seconds, 0), 3600)) }
    return parse(text).map { .seconds(min(max($0 - now, 0), 3600)) }
  }

  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func seconds(
    year: Int32, month: Int32, day: Int32, hour: Int32, minute: Int32, second: Int32
  ) -> Double? {
    guard (1...9999).contains(year), (0..<12).contains(month), (1...31).contains(day), (0..<24).contains(hour),
      (0..<60).contains(minute), (0...60).contains(second)
    else { return nil }
    var parts = tm()
    parts.tm_year = year - 1900
    parts.tm_mon = month
    parts.tm_mday = day
    parts.tm_hour = hour
    parts.tm_min = minute
    parts.tm_sec = second
    return Double(timegm(&parts))
  }

  private static func broken(_ seconds: Double) -> tm {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    return parts
  }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
