import Testing

@testable import PostgreSQL

@Suite("Names of archived files")
struct WALFileNameTests {
  @Test("Each kind is known by its form")
  func kinds() {
    #expect(WALFileName("0000000A000000FF000000C3")?.kind == .segment)
    #expect(WALFileName("0000000A000000FF000000C3.partial")?.kind == .partial)
    #expect(WALFileName("0000000A000000FF000000C3.00000028.backup")?.kind == .backup)
    #expect(WALFileName("0000000A.history")?.kind == .history)
    #expect(WALFileName("0000000A.history")?.timeline == TimelineID(10))
    #expect(WALFileName("0000000A.history")?.segmentName == nil)
    #expect(WALFileName("0000000A000000FF000000C3.partial")?.segmentName == "0000000A000000FF000000C3")
  }

  @Test(
    "Nothing else is a name",
    arguments: [
      "", "0000000A", "0000000a000000ff000000c3", "000000000000000000000001", "0000000A000000FF000000C", ".history",
      "0000000A000000FF000000C3.partial.gz", "0000000A000000FF000000C3.backup", "0000000A000000FF000000C3.0028.backup",
      "../../etc/passwd", "0000000A000000FF000000C3/..", "00000000.history", "٠٠٠٠٠٠٠A.history",
    ])
  func others(text: String) {
    #expect(WALFileName(text) == nil)
  }

  @Test("Of a backup's note the number is the byte in the segment")
  func backupNote() {
    let start = LSN(0x5_0000_28)
    let segment = WALSegment(timeline: TimelineID(1), containing: start)
    #expect(WALFileName(backupFrom: start, in: segment).text == "000000010000000000000005.00000028.backup")
  }

  @Test("Histories are archived before everything else, the rest in order of name")
  func order() {
    let names = ["000000010000000000000002", "00000002.history", "000000010000000000000001", "00000001.history"]
    let sorted = names.compactMap { WALFileName($0) }.sorted(by: WALFileName.isArchivedBefore).map(\.text)
    #expect(
      sorted == ["00000001.history", "00000002.history", "000000010000000000000001", "000000010000000000000002"])
  }
}
