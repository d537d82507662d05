/// How far back a cluster is to be restorable: `7d`, `2w`, `3m`. A month counts as 31 days.
public struct RetentionWindow: Sendable, Equatable, CustomStringConvertible {
  public let description: String
  public let days: Int64

  /// Nil for anything else.
  public init?(_ text: String) {
    let factors: [Character: Int64] = ["d": 1, "w": 7, "m": 31]
    guard let unit = text.last, let factor = factors[unit], let number = Int64(text.dropLast()), number > 0,
      number < 1_000_000, text.first != "0", text.first != "+"
    else { return nil }
    description = text
    days = number * factor
  }

  /// The moment from which on every point has to be reachable.
  public func beginning(now: UTCTime) -> UTCTime { now.adding(seconds: -days * 86_400) }
}
