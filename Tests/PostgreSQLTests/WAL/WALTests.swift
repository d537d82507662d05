import Testing

@testable import PostgreSQL

@Suite struct LSNTests {
  @Test("is written and read as PostgreSQL does", arguments: [("0/0", 0), ("16/B374D848", 0x16_B374_D848)])
  func roundTrip(text: String, byte: UInt64) {
    #expect(LSN(text) == LSN(byte))
    #expect(LSN(byte).description == text)
  }

  @Test("refuses everything else", arguments: ["", "0", "1/", "/1", "+1/2", "1/2/3", "1/123456789", "g/0", " 1/2"])
  func malformed(text: String) {
    #expect(LSN(text) == nil)
  }

  @Test func distanceIsNeverNegative() {
    #expect(LSN(100).distance(since: LSN(40)) == 60)
    #expect(LSN(40).distance(since: LSN(100)) == 0)
  }
}

@Suite struct WALSegmentTests {
  @Test("names follow from position, timeline and segment size")
  func names() throws {
    let oneMiB = try #require(WALSegmentSize(bytes: 1 << 20))
    let oneGiB = try #require(WALSegmentSize(bytes: 1 << 30))
    let position = try #require(LSN("16/B374D848"))
    func name(_ size: WALSegmentSize) -> String {
      WALSegment(timeline: TimelineID(3), containing: position, size: size).fileName
    }
    // `SELECT pg_walfile_name('16/B374D848')` on servers made with each --wal-segsize.
    #expect(name(.standard) == "0000000300000016000000B3")
    #expect(name(oneMiB) == "000000030000001600000B37")
    #expect(name(oneGiB) == "000000030000001600000002")
  }

  @Test func aNameThatCannotOccurWithTheSegmentSizeIsRefused() throws {
    let oneGiB = try #require(WALSegmentSize(bytes: 1 << 30))
    #expect(WALSegment(fileName: "000000010000000000000004", size: oneGiB) == nil)
    #expect(WALSegment(fileName: "000000010000000000000003", size: oneGiB)?.start == LSN(3 << 30))
    #expect(WALSegment(fileName: "000000000000000000000003") == nil)
    #expect(WALSegment(fileName: "00000001000000000000000") == nil)
    #expect(WALSegment(fileName: "00000002.history") == nil)
  }

  @Test func theSegmentAfterTheLastOfAUnitIsTheFirstOfTheNext() throws {
    let last = try #require(WALSegment(fileName: "0000000100000007000000FF"))
    #expect(last.next.fileName == "000000010000000800000000")
  }

  @Test("only powers of two between 1 MiB and 1 GiB are sizes", arguments: [0, 1 << 19, 3 << 20, 1 << 31])
  func impossibleSizes(bytes: UInt64) {
    #expect(WALSegmentSize(bytes: bytes) == nil)
  }
}
