import Foundation
import Kubernetes

/// Ages as kubectl prints them (`k8s.io/apimachinery/pkg/util/duration.HumanDuration`): two units at most, and fewer
/// the longer it is.
enum HumanDuration {
  static func text(seconds: Int) -> String {
    if seconds < -1 { return "<invalid>" }
    if seconds < 0 { return "0s" }
    let minutes = seconds / 60
    let hours = seconds / 3600
    let days = hours / 24
    switch seconds {
    case ..<120: return "\(seconds)s"
    case ..<(10 * 60): return pair(minutes, "m", seconds % 60, "s")
    case ..<(3 * 3600): return "\(minutes)m"
    case ..<(8 * 3600): return pair(hours, "h", minutes % 60, "m")
    case ..<(48 * 3600): return "\(hours)h"
    case ..<(8 * 86400): return pair(days, "d", hours % 24, "h")
    case ..<(2 * 365 * 86400): return "\(days)d"
    case ..<(8 * 365 * 86400): return pair(days / 365, "y", days % 365, "d")
    default: return "\(days / 365)y"
    }
  }

  private static func pair(_ large: Int, _ unit: String, _ small: Int, _ smallUnit: String) -> String {
    small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(smallUnit)"
  }

  /// The time since a timestamp of the API, `<unknown>` where there is none.
  static func since(_ timestamp: JSON?, _ now: Date) -> String {
    guard let text = timestamp?.stringValue, let date = Timestamp.date(text) else { return "<unknown>" }
    return self.text(seconds: Int(now.timeIntervalSince(date)))
  }
}
