import Foundation

/// Times as Kubernetes writes them: RFC 3339 in UTC, whole seconds (`Time`) or microseconds (`MicroTime`).
public enum Timestamp {
  /// `2026-01-31T12:00:00Z`
  public static func seconds(_ date: Date = .now) -> String { date.formatted(.iso8601) }

  /// `2026-01-31T12:00:00.123456Z`, for Leases and series of Events.
  public static func microseconds(_ date: Date = .now) -> String {
    let micros = Int64((date.timeIntervalSince1970 * 1_000_000).rounded(.down))
    let (seconds, fraction) = (micros.flooredQuotient(by: 1_000_000), micros.flooredRemainder(by: 1_000_000))
    let whole = Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601).dropLast()
    return "\(whole).\(String(fraction + 1_000_000).dropFirst())Z"
  }

  /// Reads either, with any number of digits after the point and any offset from UTC.
  public static func date(_ text: String) -> Date? {
    guard let point = text.firstIndex(of: ".") else { return try? Date(text, strategy: .iso8601) }
    let digits = text[text.index(after: point)...].prefix { $0.isASCII && $0.isWholeNumber }
    guard !digits.isEmpty, let fraction = Double("0.\(digits)"),
      let whole = try? Date("\(text[..<point])\(text[digits.endIndex...])", strategy: .iso8601)
    else { return nil }
    return whole.addingTimeInterval(fraction)
  }
}

extension Int64 {
  fileprivate func flooredRemainder(by divisor: Int64) -> Int64 {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }

  fileprivate func flooredQuotient(by divisor: Int64) -> Int64 { (self - flooredRemainder(by: divisor)) / divisor }
}
