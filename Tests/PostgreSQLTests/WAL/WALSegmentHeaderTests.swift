import Testing

@testable import PostgreSQL

@Suite("The first page of a segment")
struct WALSegmentHeaderTests {
  /// Of PostgreSQL 15, segment 000000010000000000000001 of a fresh cluster.
  static func page(
    info: UInt8 = 2, timeline: UInt8 = 1, position: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0], size: [UInt8] = [0, 0, 0, 1]
  ) -> [UInt8] {
    [0x10, 0xD1, info, 0, timeline, 0, 0, 0] + position + [0, 0, 0, 0, 0, 0, 0, 0]
      + [0x15, 0xCD, 0x5B, 0x07, 0, 0, 0, 0] + size + [0, 0x20, 0, 0]
  }

  @Test("It tells the system, the timeline, the position and the size of segments")
  func read() throws {
    let header = try #require(WALSegmentHeader(Self.page()))
    #expect(header.systemIdentifier == SystemIdentifier(123_456_789))
    #expect(header.timeline == TimelineID(1))
    #expect(header.position == LSN(1 << 24))
    #expect(header.segmentSize == .standard)
    #expect(header.magic == 0xD110)
  }

  @Test("What is too short, no first page, or of an impossible size is none")
  func refused() {
    #expect(WALSegmentHeader(Self.page().dropLast()) == nil)
    #expect(WALSegmentHeader(Self.page(info: 0)) == nil)
    #expect(WALSegmentHeader(Self.page(size: [1, 0, 0, 1])) == nil)
    #expect(WALSegmentHeader(Self.page(position: [1, 0, 0, 1, 0, 0, 0, 0])) == nil)
    #expect(WALSegmentHeader([UInt8](repeating: 0, count: 8192)) == nil)
  }
}
