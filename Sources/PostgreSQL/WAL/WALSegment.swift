/// The size of the files that a cluster's WAL is cut into; fixed by initdb (`--wal-segsize`).
public struct WALSegmentSize: Sendable, Hashable {
  public let bytes: UInt64

  public static let standard = WALSegmentSize(unchecked: 16 << 20)

  /// Nil unless a power of two between 1 MiB and 1 GiB, PostgreSQL's limits.
  public init?(bytes: UInt64) {
    guard (1 << 20...1 << 30).contains(bytes), bytes & (bytes - 1) == 0 else { return nil }
    self.bytes = bytes
  }

  private init(unchecked bytes: UInt64) { self.bytes = bytes }

  /// The middle part of a segment's name counts units of 4 GiB, the last part the segments inside one.
  var segmentsPerUnit: UInt64 { 0x1_0000_0000 / bytes }
}

/// One file of the write-ahead log.
public struct WALSegment: Sendable, Hashable {
  public var timeline: TimelineID
  /// Counted from the beginning of the cluster's life, whatever the timeline.
  public var number: UInt64
  public var size: WALSegmentSize

  public init(timeline: TimelineID, number: UInt64, size: WALSegmentSize = .standard) {
    self.timeline = timeline
    self.number = number
    self.size = size
  }

  /// The segment that holds the byte at `position`.
  public init(timeline: TimelineID, containing position: LSN, size: WALSegmentSize = .standard) {
    self.init(timeline: timeline, number: position.byte / size.bytes, size: size)
  }

  /// Reads a file name of 24 hexadecimal digits; nil for anything else, also for a name that cannot occur with
  /// segments of this size.
  public init?(fileName: String, size: WALSegmentSize = .standard) {
    let digits = Array(fileName.utf8)
    guard digits.count == 24 else { return nil }
    let parts = stride(from: 0, to: 24, by: 8).map { String(decoding: digits[$0..<$0 + 8], as: UTF8.self) }
    guard let timeline = Hexadecimal.number(parts[0]), let unit = Hexadecimal.number(parts[1]),
      let index = Hexadecimal.number(parts[2]), timeline > 0, UInt64(index) < size.segmentsPerUnit
    else { return nil }
    self.init(
      timeline: TimelineID(timeline), number: UInt64(unit) * size.segmentsPerUnit + UInt64(index), size: size)
  }

  public var fileName: String {
    Hexadecimal.eightDigits(timeline.number)
      + Hexadecimal.eightDigits(UInt32(truncatingIfNeeded: number / size.segmentsPerUnit))
      + Hexadecimal.eightDigits(UInt32(truncatingIfNeeded: number % size.segmentsPerUnit))
  }

  /// The first byte in this segment.
  public var start: LSN { LSN(number * size.bytes) }

  public var next: WALSegment { WALSegment(timeline: timeline, number: number + 1, size: size) }
}
