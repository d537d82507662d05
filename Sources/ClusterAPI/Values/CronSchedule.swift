/// When a ScheduledBackup is due: the five or six fields of cron, seconds first, or one of the `@` words.
public enum CronSchedule: Sendable, Equatable {
  /// The values on which each field matches, as bits: seconds, minutes, hours, days, months, weekdays.
  case fields([UInt64])
  /// At equal distances: `@every 1h`.
  case every(Duration)

  /// Why a text is no schedule, in the words of the cron library whose syntax this is (robfig/cron).
  public struct ParseError: Error, Equatable {
    public let message: String
  }

  /// Marks a field that was given as `*`: day and weekday then need not both match.
  static let star: UInt64 = 1 << 63

  public init(_ text: String) throws(ParseError) {
    guard !text.isEmpty else { throw ParseError(message: "Empty spec string") }
    self = try text.hasPrefix("@") ? Self.descriptor(text) : Self.list(text)
  }

  private static func list(_ text: String) throws(ParseError) -> CronSchedule {
    var parts = text.split(whereSeparator: \.isWhitespace)
    guard (5...6).contains(parts.count) else {
      throw ParseError(message: "Expected 5 to 6 fields, found \(parts.count): \(text)")
    }
    // The day of the week is the one that may be left out.
    if parts.count == 5 { parts.append("*") }
    var bits: [UInt64] = []
    for (part, field) in zip(parts, CronField.all) { bits.append(try field.bits(part)) }
    return .fields(bits)
  }

  private static func descriptor(_ text: String) throws(ParseError) -> CronSchedule {
    switch text {
    case "@yearly", "@annually": return try list("0 0 0 1 1 *")
    case "@monthly": return try list("0 0 0 1 * *")
    case "@weekly": return try list("0 0 0 * * 0")
    case "@daily", "@midnight": return try list("0 0 0 * * *")
    case "@hourly": return try list("0 0 * * * *")
    default: break
    }
    let prefix = "@every "
    guard text.hasPrefix(prefix) else { throw ParseError(message: "Unrecognized descriptor: \(text)") }
    guard let interval = GoDuration.parse(String(text.dropFirst(prefix.count))) else {
      throw ParseError(message: "Failed to parse duration \(text): it should be like 1h30m")
    }
    // The library counts whole seconds, one at least.
    return .every(max(.seconds(1), .seconds(interval.components.seconds)))
  }
}

/// One of the six fields.
private struct CronField {
  let range: ClosedRange<Int>
  var names: [String] = []
  /// What the first name stands for.
  var firstName = 0

  static let all = [
    CronField(range: 0...59), CronField(range: 0...59), CronField(range: 0...23), CronField(range: 1...31),
    CronField(
      range: 1...12,
      names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], firstName: 1),
    CronField(range: 0...6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
  ]

  func bits(_ text: Substring) throws(CronSchedule.ParseError) -> UInt64 {
    var bits: UInt64 = 0
    for expression in text.split(separator: ",") { bits |= try self.bits(ofRange: expression) }
    return bits
  }

  /// `*`, `a`, `a-b`, each with `/step`.
  private func bits(ofRange expression: Substring) throws(CronSchedule.ParseError) -> UInt64 {
    func fail(_ message: String) -> CronSchedule.ParseError { .init(message: "\(message): \(expression)") }
    let rangeAndStep = expression.split(separator: "/", omittingEmptySubsequences: false)
    let lowAndHigh = rangeAndStep[0].split(separator: "-", omittingEmptySubsequences: false)
    var low = range.lowerBound
    var high = range.upperBound
    var bits: UInt64 = 0
    if lowAndHigh[0] == "*" || lowAndHigh[0] == "?" {
      if rangeAndStep.count == 1 { bits = CronSchedule.star }
    } else {
      low = try number(lowAndHigh[0], in: expression)
      switch lowAndHigh.count {
      // `N/step` goes on from N to the end.
      case 1: high = rangeAndStep.count > 1 ? range.upperBound : low
      case 2: high = try number(lowAndHigh[1], in: expression)
      default: throw fail("Too many hyphens")
      }
    }
    guard rangeAndStep.count <= 2 else { throw fail("Too many slashes") }
    let step = rangeAndStep.count == 2 ? try plainNumber(rangeAndStep[1], in: expression) : 1
    if low < range.lowerBound { throw fail("Beginning of range (\(low)) below minimum (\(range.lowerBound))") }
    if high > range.upperBound { throw fail("End of range (\(high)) above maximum (\(range.upperBound))") }
    if low > high { throw fail("Beginning of range (\(low)) beyond end of range (\(high))") }
    if step == 0 { throw fail("Step of range should be a positive number") }
    for value in stride(from: low, through: high, by: step) { bits |= 1 << UInt64(value) }
    return bits
  }

  private func number(_ text: Substring, in expression: Substring) throws(CronSchedule.ParseError) -> Int {
    if let index = names.firstIndex(of: text.lowercased()) { return index + firstName }
    return try plainNumber(text, in: expression)
  }

  private func plainNumber(_ text: Substring, in expression: Substring) throws(CronSchedule.ParseError) -> Int {
    guard let number = Int(text) else {
      throw .init(
        message: "Failed to parse int from \(expression): strconv.Atoi: parsing \(quoted(String(text))): invalid syntax"
      )
    }
    guard number >= 0 else { throw .init(message: "Negative number (\(number)) not allowed: \(expression)") }
    return number
  }
}
