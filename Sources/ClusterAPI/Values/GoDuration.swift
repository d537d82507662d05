/// Durations as Kubernetes writes them: `1h30m`, `500ms`, `0s`.
public enum GoDuration {
  private static let units: [(name: String, nanoseconds: Double)] = [
    ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
  ]

  /// The duration, or nil where the text is none.
  public static func parse(_ text: String) -> Duration? {
    var rest = Substring(text)
    let isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest.removeFirst() }
    if rest == "0" { return .zero }
    guard !rest.isEmpty else { return nil }
    var nanoseconds = 0.0
    while !rest.isEmpty {
      let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
      rest = rest.dropFirst(number.count)
      let name = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
      rest = rest.dropFirst(name.count)
      guard number.first != nil, let amount = Double(number.hasPrefix(".") ? "0" + number : String(number)),
        let unit = units.first(where: { $0.name == name })
      else { return nil }
      nanoseconds += amount * unit.nanoseconds
    }
    // Go's durations are 63-bit nanoseconds.
    guard nanoseconds < 9.2e18 else { return nil }
    return .nanoseconds(Int64(isNegative ? -nanoseconds : nanoseconds))
  }
}
