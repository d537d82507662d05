import Testing

@testable import PostgreSQL

@Suite struct TimelineHistoryTests {
  private let text = """
    1\t0/3000110\tno recovery target specified

    2\t0/5000000\tno recovery target specified
    """

  @Test func aStandbyCanFollowFromWhereItsTimelineWasLeftOrEarlier() throws {
    let history = try #require(TimelineHistory(timeline: TimelineID(3), text: text))
    #expect(history.leads(from: TimelineID(1), LSN(0x300_0110)))
    #expect(!history.leads(from: TimelineID(1), LSN(0x300_0111)), "it has what the others do not")
    #expect(history.leads(from: TimelineID(2), LSN(0x4FF_FFFF)))
    #expect(history.leads(from: TimelineID(3), LSN(0x900_0000)))
    #expect(!history.leads(from: TimelineID(4), LSN(0)), "a timeline that the primary has never heard of")
  }

  @Test func theFirstTimelineHasNoHistory() {
    #expect(TimelineHistory(timeline: TimelineID(1)).leads(from: TimelineID(1), LSN(1)))
    #expect(!TimelineHistory(timeline: TimelineID(1)).leads(from: TimelineID(2), LSN(1)))
  }

  @Test("a file that is none is refused", arguments: ["x\t0/1", "1", "1\tzero"])
  func malformed(text: String) {
    #expect(TimelineHistory(timeline: TimelineID(2), text: text) == nil)
  }
}
