import Foundation
import Kubernetes

/// Amounts and times as people read them.
enum Amounts {
  /// `126M`, rounded up, with one digit after the point below ten, as `du -h` prints it.
  static func bytes(_ count: Int64) -> String {
    let units = ["", "K", "M", "G", "T", "P"]
    var value = Double(count)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let tenths = (value * 10).rounded(.up)
    if unit > 0, tenths < 100 { return "\(Int(tenths) / 10).\(Int(tenths) % 10)\(units[unit])" }
    return "\(Int(value.rounded(.up)))\(units[unit])"
  }

  /// `26h3m0s`
  static func duration(_ seconds: TimeInterval) -> String {
    let whole = Int(max(0, seconds).rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    if hours > 0 { return "\(hours)h\(minutes)m\(rest)s" }
    return minutes > 0 ? "\(minutes)m\(rest)s" : "\(rest)s"
  }

  /// `2024-10-08 18:31:57 +0000 UTC`
  static func time(_ date: Date) -> String {
    Timestamp.seconds(date).replacing("T", with: " ").replacing("Z", with: " +0000 UTC")
  }

  /// Reads what ``time(_:)`` prints, as certificates' ends are written in a Cluster's status.
  static func date(_ text: String) -> Date? {
    let parts = text.split(separator: " ")
    guard parts.count >= 3, parts[2] == "+0000" else { return nil }
    return Timestamp.date("\(parts[0])T\(parts[1])Z")
  }

  /// A fraction with two digits: `12.34`.
  static func hundredths(_ value: Double) -> String {
    let scaled = Int((value * 100).rounded(.down))
    let rest = abs(scaled) % 100
    return "\(scaled < 0 && scaled > -100 ? "-" : "")\(scaled / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
