import Foundation

/// What of a log is asked for (`PodLogOptions`).
struct LogQuery: Sendable, Equatable {
  struct Failure: Error, Equatable, CustomStringConvertible {
    let parameter: String
    let value: String
    let expected: String
    var description: String { "the parameter \(parameter)=\(value) is not understood: expected \(expected)" }
  }

  var follows = false
  var previous = false
  var withTimestamps = false
  var tailLines: Int?
  /// Lines older than this are left out.
  var since: Date?
  var limitBytes: Int?

  init() {}

  init(_ value: (_ name: String) -> String?, now: Date = .now) throws(Failure) {
    func number(_ name: String, atLeast minimum: Int) throws(Failure) -> Int? {
      guard let text = value(name) else { return nil }
      guard let number = Int(text), number >= minimum else {
        throw Failure(parameter: name, value: text, expected: "a whole number of at least \(minimum)")
      }
      return number
    }
    follows = QueryFlag.isSet(value("follow"))
    previous = QueryFlag.isSet(value("previous"))
    withTimestamps = QueryFlag.isSet(value("timestamps"))
    tailLines = try number("tailLines", atLeast: 0)
    limitBytes = try number("limitBytes", atLeast: 1)
    if let seconds = try number("sinceSeconds", atLeast: 1) { since = now - TimeInterval(seconds) }
    if let text = value("sinceTime") {
      guard let date = Timestamps.date(text) else {
        throw Failure(parameter: "sinceTime", value: text, expected: "a time such as 2026-11-23T09:00:00Z")
      }
      since = date
    }
  }
}

enum QueryFlag {
  /// Kubernetes' reading of a flag in a query: anything but `false` and `0` is true, and Python's client says `True`.
  static func isSet(_ text: String?) -> Bool {
    guard let text else { return false }
    return !["false", "0"].contains(text.lowercased())
  }
}

/// Turns records of a log into the bytes that are sent: a pure filter.
struct LogFilter: Sendable {
  private let query: LogQuery
  private var isInsideLine = false
  private(set) var remaining: Int?

  init(_ query: LogQuery) {
    self.query = query
    remaining = query.limitBytes
  }

  var isExhausted: Bool { remaining == 0 }

  mutating func bytes(for record: some BidirectionalCollection<UInt8>) -> [UInt8] {
    guard !isExhausted, let line = LogLine(parsing: record) else { return [] }
    if let since = query.since, let time = Timestamps.date(line.timestamp), time < since { return [] }
    var bytes: [UInt8] = []
    if query.withTimestamps && !isInsideLine { bytes += Array(line.timestamp.utf8) + [UInt8(ascii: " ")] }
    bytes += line.text
    if line.isComplete { bytes.append(UInt8(ascii: "\n")) }
    isInsideLine = !line.isComplete
    if let limit = remaining {
      bytes = Array(bytes.prefix(limit))
      remaining = limit - bytes.count
    }
    return bytes
  }
}
