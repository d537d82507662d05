import Foundation

extension CronSchedule {
  /// The first time after another one at which the schedule is due, in whole seconds, in UTC: no hour is missing or comes
  /// twice. Nil where it never is (30 February).
  ///
  /// `@every` counts from the given time. Where day of the month and weekday are both restricted, one of them is enough
  /// (Vixie's cron; crontab(5)).
  public func next(after date: Date) -> Date? {
    // Beyond, seconds do not fit; nobody schedules there.
    guard date.timeIntervalSince1970.magnitude < 1e11 else { return nil }
    let second = Int64(date.timeIntervalSince1970.rounded(.down))
    switch self {
    case .every(let interval):
      let (sum, overflows) = second.addingReportingOverflow(interval.components.seconds)
      return overflows ? nil : Date(timeIntervalSince1970: TimeInterval(sum))
    case .fields(let fields):
      guard fields.count == 6, let next = Self.next(fields, after: second) else { return nil }
      return Date(timeIntervalSince1970: TimeInterval(next))
    }
  }

  /// 29 February comes once in eight years at least: 2096, 2104.
  private static let longestWait: Int64 = 9 * 366

  private static func next(_ fields: [UInt64], after second: Int64) -> Int64? {
    let start = second + 1
    let today = start.flooredQuotient(by: 86_400)
    // What is left of today, then whole days.
    if isDue(fields, on: today), let time = time(fields, from: start - today * 86_400) { return today * 86_400 + time }
    guard let first = time(fields, from: 0) else { return nil }
    for day in (today + 1)...(today + longestWait) where isDue(fields, on: day) { return day * 86_400 + first }
    return nil
  }

  private static func isDue(_ fields: [UInt64], on day: Int64) -> Bool {
    let date = CivilDate(daysSince1970: day)
    guard fields[4].contains(date.month) else { return false }
    let fitsDay = fields[3].contains(date.day)
    let fitsWeekday = fields[5].contains(date.weekday)
    let isEitherFree = fields[3] & star != 0 || fields[5] & star != 0
    return isEitherFree ? fitsDay && fitsWeekday : fitsDay || fitsWeekday
  }

  /// The first second of a day, not before another one, at which hour, minute and second fit.
  private static func time(_ fields: [UInt64], from earliest: Int64) -> Int64? {
    let (hour, minute, second) = (Int(earliest / 3600), Int(earliest / 60 % 60), Int(earliest % 60))
    func at(_ hour: Int, _ minute: Int, _ second: Int) -> Int64 { Int64(hour * 3600 + minute * 60 + second) }
    guard let firstMinute = fields[1].first(in: 0...59), let firstSecond = fields[0].first(in: 0...59) else {
      return nil
    }
    if fields[2].contains(hour) {
      if fields[1].contains(minute), let later = fields[0].first(in: second...59) { return at(hour, minute, later) }
      if minute < 59, let later = fields[1].first(in: minute + 1...59) { return at(hour, later, firstSecond) }
    }
    guard hour < 23, let later = fields[2].first(in: hour + 1...23) else { return nil }
    return at(later, firstMinute, firstSecond)
  }
}

/// A day of the Gregorian calendar. The arithmetic of years that begin in March, so that the leap day is their last, is
/// Howard Hinnant's (https://howardhinnant.github.io/date_algorithms.html).
struct CivilDate: Equatable {
  let year: Int64
  /// 1 to 12, 1 to 31.
  let month: Int
  let day: Int
  /// 0 is Sunday.
  let weekday: Int

  init(daysSince1970 days: Int64) {
    // 400 years are 146,097 days; 1970-01-01 is 719,468 days after 0000-03-01 and was a Thursday.
    let shifted = days + 719_468
    let era = shifted.flooredQuotient(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    weekday = Int((days + 4) - (days + 4).flooredQuotient(by: 7) * 7)
  }
}

extension UInt64 {
  fileprivate func contains(_ value: Int) -> Bool { self & (1 << UInt64(value)) != 0 }

  fileprivate func first(in range: ClosedRange<Int>) -> Int? { range.first { contains($0) } }
}

extension Int64 {
  fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
