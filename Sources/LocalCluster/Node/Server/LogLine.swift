/// A line of a container's log in the CRI format: `2026-11-23T09:19:03.123456789Z stdout F text`.
struct LogLine: Sendable, Equatable {
  /// As written: RFC 3339 with nanoseconds in UTC. Such texts sort like the times they stand for as long as they have
  /// the same number of digits, which they do coming from one writer.
  var timestamp: Substring
  var isStandardError: Bool
  /// False for `P`: the next record of the same stream continues the line.
  var isComplete: Bool
  var text: [UInt8]

  /// Nil for bytes that are no record, such as one cut off in the middle by a loss of power.
  init?(parsing line: some BidirectionalCollection<UInt8>) {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0].count >= 20, parts[0].last == UInt8(ascii: "Z") else { return nil }
    switch String(decoding: parts[1], as: UTF8.self) {
    case "stdout": isStandardError = false
    case "stderr": isStandardError = true
    default: return nil
    }
    // Tags may follow, separated by colons (the format's reserve); the first is F or P.
    guard let tag = parts[2].first, tag == UInt8(ascii: "F") || tag == UInt8(ascii: "P") else { return nil }
    isComplete = tag == UInt8(ascii: "F")
    timestamp = Substring(String(decoding: parts[0], as: UTF8.self))
    text = Array(parts[3])
  }
}
