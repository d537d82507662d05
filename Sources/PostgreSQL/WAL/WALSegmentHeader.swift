/// What the first page of every segment tells (`XLogLongPageHeaderData` in `src/include/access/xlog_internal.h`): 40 bytes
/// in the byte order of the machine, which is little-endian wherever this program runs.
public struct WALSegmentHeader: Sendable, Equatable {
  /// Different for each major version.
  public var magic: UInt16
  public var timeline: TimelineID
  /// Where the segment begins.
  public var position: LSN
  public var systemIdentifier: SystemIdentifier
  public var segmentSize: WALSegmentSize

  /// How many bytes to read for it.
  public static let length = 40

  /// Nil for what is not the beginning of a segment.
  public init?(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes.prefix(Self.length))
    guard bytes.count == Self.length else { return nil }
    func number(_ offset: Int, _ length: Int) -> UInt64 {
      bytes[offset..<offset + length].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    // XLP_LONG_HEADER, and pages of 8 kB.
    guard number(2, 2) & 2 != 0, number(36, 4) == 8192,
      let size = WALSegmentSize(bytes: number(32, 4)), number(8, 8) % size.bytes == 0
    else { return nil }
    magic = UInt16(number(0, 2))
    timeline = TimelineID(UInt32(number(4, 4)))
    position = LSN(number(8, 8))
    systemIdentifier = SystemIdentifier(number(24, 8))
    segmentSize = size
  }
}
