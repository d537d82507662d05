import Foundation
import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("A schedule is next due")
struct CronScheduleNextTests {
  @Test(
    "at the first second that fits, after the one it is asked for",
    arguments: [
      // The reference deployment's: at minute 15 of every hour, not at 15:00.
      ("0 15 * ? * *", "2026-09-21T14:13:20Z", "2026-09-21T14:15:00Z"),
      ("0 15 * ? * *", "2026-09-21T14:15:00Z", "2026-09-21T15:15:00Z"),
      ("0 15 * ? * *", "2026-12-31T23:15:00Z", "2027-01-01T00:15:00Z"),
      ("* * * * * *", "2026-09-21T14:13:59Z", "2026-09-21T14:14:00Z"),
      ("30 59 23 * * *", "2026-09-21T23:59:29Z", "2026-09-21T23:59:30Z"),
      ("30 59 23 * * *", "2026-09-21T23:59:30Z", "2026-09-22T23:59:30Z"),
      ("0 0 0 31 * *", "2026-08-31T00:00:00Z", "2026-10-31T00:00:00Z"),
      ("0 0 0 29 2 ?", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"),
      ("@daily", "2026-02-28T12:00:00Z", "2026-03-01T00:00:00Z"),
      ("@weekly", "2026-09-21T00:00:00Z", "2026-09-27T00:00:00Z"),
      ("@monthly", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
      ("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
      // Five fields: the first one is the second, and there is no weekday.
      ("0 0 * * *", "2026-09-21T14:13:20Z", "2026-09-21T15:00:00Z"),
      // Weekday alone; day alone; both restricted: either will do.
      ("0 0 0 * * mon", "2026-09-21T14:13:20Z", "2026-09-28T00:00:00Z"),
      ("0 0 0 13 * fri", "2026-09-21T14:13:20Z", "2026-09-25T00:00:00Z"),
      ("0 0 0 13 * fri", "2026-10-09T14:13:20Z", "2026-10-13T00:00:00Z"),
      // Where Europe and America put their clocks on, UTC does not.
      ("0 30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T02:30:00Z"),
      ("0 30 2 * * *", "2026-03-08T00:00:00Z", "2026-03-08T02:30:00Z"),
      ("@every 1h30m", "2026-09-21T14:13:20Z", "2026-09-21T15:43:20Z"),
      ("@every 90s", "2026-09-21T14:13:20.7Z", "2026-09-21T14:14:50Z"),
    ])
  func next(schedule: String, after: String, expected: String) throws {
    let date = try #require(Timestamp.date(after))
    #expect(try CronSchedule(schedule).next(after: date).map { Timestamp.seconds($0) } == expected)
  }

  @Test("never where no such day comes", arguments: ["0 0 0 30 2 *", "0 0 0 31 4,6,9,11 *"])
  func never(schedule: String) throws {
    #expect(try CronSchedule(schedule).next(after: Date(timeIntervalSince1970: 1_790_000_000)) == nil)
  }

  @Test("or where the clock is out of this world", arguments: [Double.infinity, -.infinity, .nan, 1e300])
  func nonsense(seconds: Double) throws {
    #expect(try CronSchedule("* * * * * *").next(after: Date(timeIntervalSince1970: seconds)) == nil)
  }

  @Test("as another reading of the same text says, second for second", arguments: 1...60)
  func brute(seed: UInt64) throws {
    var random = Dice(state: seed)
    let text = Self.schedule(&random)
    let oracle = try #require(NaiveSchedule(text))
    let schedule = try CronSchedule(text)
    for _ in 0..<6 {
      let start = Date(timeIntervalSince1970: Double(random.roll(4_102_444_800)))
      #expect(schedule.next(after: start) == oracle.next(after: start), "\(text) after \(Timestamp.seconds(start))")
    }
  }

  /// Any schedule: stars, numbers, ranges, steps, lists, names.
  private static func schedule(_ random: inout Dice) -> String {
    func field(_ range: ClosedRange<Int>, _ names: [String], _ random: inout Dice) -> String {
      func number(_ random: inout Dice) -> Int { range.lowerBound + random.roll(range.count) }
      func part(_ random: inout Dice) -> String {
        let (one, other) = (number(&random), number(&random))
        switch random.roll(6) {
        case 0: return "\(min(one, other))-\(max(one, other))"
        case 1: return "\(one)/\(1 + random.roll(range.count))"
        case 2: return "*/\(2 + random.roll(range.count))"
        case 3: return "\(min(one, other))-\(max(one, other))/\(1 + random.roll(5))"
        case 4 where !names.isEmpty: return names[random.roll(names.count)]
        default: return "\(one)"
        }
      }
      switch random.roll(4) {
      case 0: return "*"
      case 1: return (0...random.roll(3)).map { _ in part(&random) }.joined(separator: ",")
      default: return part(&random)
      }
    }
    let months = ["jan", "FEB", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "Dec"]
    return [
      field(0...59, [], &random), field(0...59, [], &random), field(0...23, [], &random), field(1...31, [], &random),
      field(1...12, months, &random), field(0...6, ["sun", "Mon", "tue", "wed", "thu", "fri", "sat"], &random),
    ].joined(separator: " ")
  }
}

/// A plain reading of six fields, by Foundation's calendar: it tries every day, and every second of a day that fits.
private struct NaiveSchedule {
  private let fields: [Set<Int>]
  private let isStar: [Bool]

  init?(_ text: String) {
    let ranges = [0...59, 0...59, 0...23, 1...31, 1...12, 0...6]
    let names: [[String]] = [
      [], [], [], [], ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
      ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    ]
    let parts = text.lowercased().components(separatedBy: " ")
    isStar = parts.map { part in part.components(separatedBy: ",").contains { $0 == "*" } }
    fields = zip(parts.indices, parts).map { index, part in
      var values: Set<Int> = []
      for element in part.components(separatedBy: ",") {
        let halves = element.components(separatedBy: "/")
        let ends = halves[0].components(separatedBy: "-").map { names[index].firstIndex(of: $0) ?? Int($0) }
        let step = halves.count > 1 ? Int(halves[1]) ?? 1 : 1
        let low = halves[0] == "*" ? ranges[index].lowerBound : ends[0] ?? 0
        let high =
          ends.count > 1 ? ends[1] ?? 0 : halves[0] == "*" || halves.count > 1 ? ranges[index].upperBound : low
        for value in ranges[index] where value >= low && value <= high && (value - low) % step == 0 {
          values.insert(value)
        }
      }
      return values
    }
  }

  func next(after date: Date) -> Date? {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    var day = calendar.startOfDay(for: date)
    for _ in 0..<3300 {
      let parts = calendar.dateComponents([.day, .month, .weekday], from: day)
      let isDay = fields[3].contains(parts.day ?? 0)
      let isWeekday = fields[5].contains((parts.weekday ?? 1) - 1)
      let fits = isStar[3] || isStar[5] ? isDay && isWeekday : isDay || isWeekday
      if fits, fields[4].contains(parts.month ?? 0) {
        for second in 0..<86_400 where fields[2].contains(second / 3600) {
          guard fields[1].contains(second / 60 % 60), fields[0].contains(second % 60) else { continue }
          let time = day.addingTimeInterval(Double(second))
          if time > date { return time }
        }
      }
      day = calendar.date(byAdding: .day, value: 1, to: day) ?? day
    }
    return nil
  }
}

/// The same numbers for the same seed.
private struct Dice {
  var state: UInt64

  mutating func roll(_ sides: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(sides))
  }
}
