/// Turns what a container writes into entries of the CRI log format, which `kubectl logs` is served from:
/// `2026-01-02T03:04:05.123456789Z stdout F message`. `P` marks a part of a line that goes on in the next entry.
struct LineSplitter {
  /// Longer lines are split here, as containerd does.
  static let longestPart = 16 << 10

  struct Lines: Equatable {
    /// Whole entries, each with its line end.
    var bytes: [UInt8] = []
    var count = 0
  }

  private let stream: String
  private var pending: [UInt8] = []

  init(stream: String) { self.stream = stream }

  /// - Returns: the entries that are whole now.
  mutating func split(_ chunk: ArraySlice<UInt8>, at time: String) -> Lines {
    var lines = Lines()
    var rest = chunk
    while !rest.isEmpty {
      if let end = rest.prefix(Self.longestPart - pending.count + 1).firstIndex(of: UInt8(ascii: "\n")) {
        pending.append(contentsOf: rest[..<end])
        rest = rest[(end + 1)...]
        emit("F", at: time, into: &lines)
        continue
      }
      // Only with the byte after it is it known that a line of exactly this length goes on.
      if pending.count == Self.longestPart {
        emit("P", at: time, into: &lines)
        continue
      }
      let part = rest.prefix(Self.longestPart - pending.count)
      pending.append(contentsOf: part)
      rest = rest.dropFirst(part.count)
    }
    return lines
  }

  /// - Returns: the last line, where it had no end.
  mutating func end(at time: String) -> Lines {
    var lines = Lines()
    if !pending.isEmpty { emit("F", at: time, into: &lines) }
    return lines
  }

  private mutating func emit(_ tag: String, at time: String, into lines: inout Lines) {
    lines.bytes.append(contentsOf: "\(time) \(stream) \(tag) ".utf8)
    lines.bytes.append(contentsOf: pending)
    lines.bytes.append(0x0A)
    lines.count += 1
    pending.removeAll(keepingCapacity: true)
  }
}
