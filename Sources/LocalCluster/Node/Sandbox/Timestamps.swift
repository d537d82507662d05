import Foundation
import Kubernetes

/// Times as Kubernetes writes them: RFC 3339 in UTC.
enum Timestamps {
  /// Whole seconds, as `metav1.Time`: `2026-11-23T09:19:03Z`
  static func text(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(timeZone: .gmt))
  }

  /// Microseconds, as `metav1.MicroTime`, which leases have.
  static func microText(_ date: Date) -> String {
    let seconds = date.timeIntervalSince1970.rounded(.down)
    let micros = min(999_999, Int((date.timeIntervalSince1970 - seconds) * 1_000_000))
    let digits = String(micros)
    let fraction = String(repeating: "0", count: 6 - digits.count) + digits
    return text(Date(timeIntervalSince1970: seconds)).dropLast() + "." + fraction + "Z"
  }

  /// With or without a fraction of a second; nil for anything else.
  static func date(_ text: some StringProtocol) -> Date? {
    guard let point = text.firstIndex(of: ".") else { return try? Date(String(text), strategy: .iso8601) }
    let rest = text[text.index(after: point)...]
    let digits = rest.prefix { $0.isNumber }
    guard let whole = try? Date(String(text[..<point]) + rest.dropFirst(digits.count), strategy: .iso8601),
      let fraction = Double("0." + digits)
    else { return nil }
    return whole + fraction
  }

  static func date(_ json: JSON?) -> Date? {
    switch json {
    case .string(let text): date(text)
    case .int(let seconds): Date(timeIntervalSince1970: TimeInterval(seconds))
    case .double(let seconds): Date(timeIntervalSince1970: seconds)
    default: nil
    }
  }
}
