import Foundation
import Glibc

/// The forms of time in requests and answers; all are UTC.
enum AzureDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `Fri, 27 Nov 2026 11:48:30 GMT` (RFC 9110, section 5.6.7).
  ///
  /// - Parameter milliseconds: since 1970.
  static func header(_ milliseconds: Int64) -> String {
    var time = time_t(milliseconds / 1000)
    var parts = tm()
    gmtime_r(&time, &parts)
    return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }

  /// Reads ``header(_:)``'s form: seconds since 1970.
  static func parse(_ text: String) -> Int64? {
    let words = text.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "," })
    guard words.count == 8, let day = Int32(words[1]), (1...31).contains(day),
      let month = months.firstIndex(of: String(words[2])), let year = Int32(words[3]), (1970...9999).contains(year),
      let hour = Int32(words[4]), (0..<24).contains(hour), let minute = Int32(words[5]), (0..<60).contains(minute),
      let second = Int32(words[6]), (0...60).contains(second)
    else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, Int32(month), day)
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
    return Int64(timegm(&parts))
  }

  /// The times of a shared access signature: to the second, the minute or the day.
  static func parseISO(_ text: String) -> Date? {
    if let whole = Timestamps.date(text) { return whole }
    if text.hasSuffix("Z") { return Timestamps.date("\(text.dropLast()):00Z") }
    return Timestamps.date("\(text)T00:00:00Z")
  }

  /// As error bodies have it.
  static func precise(_ date: Date = Date()) -> String { Timestamps.microText(date) }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
