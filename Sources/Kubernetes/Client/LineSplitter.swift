/// Cuts a stream of bytes into lines.
struct LineSplitter {
  /// A line longer than this is an error rather than a reason to run out of memory.
  let limit: Int
  private var buffer: [UInt8] = []
  private var start = 0
  /// Bytes before this were searched already.
  private var searched = 0

  init(limit: Int) { self.limit = limit }

  struct LineTooLong: Error, CustomStringConvertible {
    let limit: Int
    var description: String { "a line exceeds \(limit) bytes" }
  }

  mutating func append(_ bytes: some Sequence<UInt8>) {
    if start > 0 {
      buffer.removeSubrange(..<start)
      searched -= start
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole line without its newline, or nil if more bytes are needed.
  mutating func next() throws(LineTooLong) -> [UInt8]? {
    guard let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
      searched = buffer.count
      guard buffer.count - start <= limit else { throw LineTooLong(limit: limit) }
      return nil
    }
    defer {
      start = end + 1
      searched = start
    }
    return Array(buffer[start..<end])
  }

  /// What follows the last newline, once the stream has ended.
  mutating func rest() -> [UInt8]? {
    defer {
      buffer = []
      start = 0
      searched = 0
    }
    return start < buffer.count ? Array(buffer[start...]) : nil
  }
}
