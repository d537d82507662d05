import PostgreSQL
import Testing

@testable import Failover

/// A standby `c` whose leader `d` has stepped down for `b`.
@Suite("A standby whose leader hands over") struct CandidacyTests {
  private static let d = Member("d", VolumeIdentity(1))
  private static let b = Member("b", VolumeIdentity(2))
  private static let c = Member("c", VolumeIdentity(3))
  private static let end = Position(TimelineID(1), LSN(100))

  private struct Standby {
    var participant = Participant(
      c, commitment: Commitment(promised: Term(1), led: Term(1), stance: .following(d)), incarnation: 1,
      now: Instant(milliseconds: 1000))
    var goal = 0
    var written: Record?

    mutating func feed(_ event: Event) {
      for action in participant.handle(event) {
        if case .aim(_, let number) = action { goal = number }
        if case .writeLease(let record, _) = action { written = record }
      }
    }

    mutating func observe(isReceiving: Bool) {
      feed(.observed(Observation(goal: goal, server: .standby(end, isReceiving: isReceiving), isComplete: true)))
    }

    mutating func hear(_ member: Member, _ change: (inout MemberState) -> Void) {
      var state = MemberState(member: member, incarnation: 1, sequence: 2)
      state.led = Term(1)
      state.term = Term(1)
      state.isComplete = true
      change(&state)
      feed(.heard(Heartbeat(state: state, sentAt: Instant(milliseconds: 1000))))
    }
  }

  /// It has promised, and knows of `b` what a test says.
  private func standby(_ change: (inout MemberState) -> Void = { _ in }) -> Standby {
    var standby = Standby()
    let record = Record(
      holder: Self.d, term: Term(1), timeline: TimelineID(1), members: [Self.d, Self.b, Self.c], required: 2)
    standby.feed(.lease(LeaseReading(record, version: 1), isAnswer: true))
    standby.observe(isReceiving: true)
    standby.hear(Self.b, change)
    standby.hear(Self.d) { state in
      state.nominee = "b"
      state.end = Self.end
      state.promise = Promise(Term(2), Self.end)
    }
    standby.observe(isReceiving: false)
    return standby
  }

  @Test("lets the one go first that is to take over, though it has not promised yet")
  func nominee() {
    var standby = standby()
    #expect(standby.written == nil)
    standby.feed(.tick(Instant(milliseconds: 1100)))
    #expect(standby.written == nil)
    standby.feed(.tick(Instant(milliseconds: 1200)))
    #expect(standby.written?.holder == Self.c, "but not for ever")
  }

  @Test("waits for nobody that cannot lead")
  func unfit() {
    #expect(standby { $0.obstacle = .terminating }.written?.holder == Self.c)
    #expect(standby { $0.isComplete = false }.written?.holder == Self.c)
  }
}
