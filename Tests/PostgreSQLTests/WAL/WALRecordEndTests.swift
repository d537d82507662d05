import PostgreSQL
import Testing

@Suite struct WALRecordEndTests {
  private func end(_ start: UInt64, _ length: UInt32) -> UInt64 {
    LSN(start).recordEnd(length: length, segmentSize: .standard).byte
  }

  @Test func recordsArePaddedToEightBytes() {
    #expect(end(0x3000028, 114) == 0x3000028 + 120)
    #expect(end(0x3000028, 120) == 0x3000028 + 120)
  }

  @Test func theyGoOnBehindThePagesHeader() {
    let nearPageEnd: UInt64 = 0x3002000 - 40
    #expect(end(nearPageEnd, 120) == 0x3002000 + 24 + 80)
    #expect(end(nearPageEnd, 40) == 0x3002000, "one that just fits ends with the page")
  }

  @Test func theHeaderOfASegmentIsLonger() {
    #expect(end(0x4000000 - 40, 120) == 0x4000000 + 40 + 80)
  }
}
