import PostgreSQL
import Testing

@testable import Failover

/// One leader, told what happens; two standbys that follow it as far as a test says.
private struct Leader {
  static let a = Member("a", VolumeIdentity(1))
  static let b = Member("b", VolumeIdentity(2))
  static let c = Member("c", VolumeIdentity(3))

  var participant: Participant
  var goal = (Goal.rest, number: 0)
  var doorsAreOpen = false
  var refusals: [Switchover] = []
  private var version: UInt64 = 1
  private var now = Instant(milliseconds: 1000)
  private var sequence: UInt64 = 0

  init() {
    participant = Participant(Self.a, commitment: Commitment(), incarnation: 1, now: now)
    var policy = Policy()
    policy.instances = ["a", "b", "c"]
    policy.eligible = ["a", "b", "c"]
    feed(.policy(policy))
    feed(.lease(LeaseReading(nil, version: version), isAnswer: true))
    feed(.founded(TimelineID(1)))
  }

  mutating func feed(_ event: Event) {
    for action in participant.handle(event) {
      switch action {
      case .writeLease(let record, _):
        version += 1
        feed(.leaseWritten(LeaseReading(record, version: version), sentAt: now))
      case .readLease:
        feed(.lease(LeaseReading(participant.lease.record, version: version), isAnswer: true))
      case .aim(let new, let number): goal = (new, number)
      case .openDoors: doorsAreOpen = true
      case .closeDoors: doorsAreOpen = false
      case .refuse(let wish, _): refusals.append(wish)
      case .persist, .tell: break
      }
    }
  }

  /// postgres writes, and those confirm what it has written.
  mutating func observe(confirmed: [Member] = [Self.b, Self.c]) {
    let names = confirmed.map { StreamName.counted($0, on: TimelineID(1)) }
    feed(
      .observed(
        Observation(
          goal: goal.number, server: .primary(Position(TimelineID(1), LSN(100)), opening: LSN(100)), isComplete: true,
          confirmed: Dictionary(uniqueKeysWithValues: names.map { ($0, LSN(100)) }))))
  }

  mutating func hear(
    _ member: Member, isComplete: Bool = true, obstacle: Obstacle? = nil, trouble: String? = nil
  ) {
    sequence += 1
    var state = MemberState(member: member, incarnation: 1, sequence: sequence)
    state.led = Term(1)
    state.term = Term(1)
    state.isComplete = isComplete
    state.obstacle = obstacle
    state.trouble = trouble
    feed(.heard(Heartbeat(state: state, sentAt: now)))
  }

  mutating func tick() {
    now = now + 100
    feed(.tick(now))
  }
}

@Suite("A wish for another primary") struct SwitchoverWishTests {
  private let wish = Switchover(target: "b", patience: 50)

  private func leader(isOpen: Bool = true) -> Leader {
    var leader = Leader()
    leader.hear(Leader.b)
    leader.hear(Leader.c)
    if isOpen { leader.observe() }
    return leader
  }

  @Test("is fulfilled by an open primary at once")
  func atOnce() {
    var leader = leader()
    #expect(leader.doorsAreOpen)
    leader.feed(.switchover(wish))
    #expect(leader.goal.0 == .handOver)
  }

  @Test("waits for one that is still being started, and is not forgotten")
  func waits() {
    var leader = leader(isOpen: false)
    leader.feed(.switchover(wish))
    #expect(leader.goal.0 != .handOver)
    #expect(leader.refusals.isEmpty)
    leader.observe()
    leader.tick()
    #expect(leader.goal.0 == .handOver)
  }

  @Test("is forgotten when it is taken back meanwhile")
  func takenBack() {
    var leader = leader(isOpen: false)
    leader.feed(.switchover(wish))
    leader.feed(.switchover(nil))
    leader.observe()
    #expect(leader.doorsAreOpen && leader.goal.0 != .handOver)
  }

  @Test("counts for less than the end of the primary's own pod")
  func ending() {
    var leader = leader(isOpen: false)
    leader.feed(.switchover(Switchover(target: nil, patience: nil)))
    leader.feed(.switchover(nil))
    leader.feed(.switchover(wish))
    leader.observe()
    leader.tick()
    #expect(leader.goal.0 == .handOver)
    #expect(leader.participant.handover?.patience == nil)
  }

  @Test("said again while it is being fulfilled is no second wish")
  func again() {
    var leader = leader()
    leader.feed(.switchover(wish))
    leader.feed(.switchover(wish))
    #expect(leader.participant.wish == nil)
  }

  @Test("for one that nobody knows is refused")
  func unknown() {
    var leader = leader()
    let wish = Switchover(target: "z", patience: 50)
    leader.feed(.switchover(wish))
    #expect(leader.refusals == [wish])
    #expect(leader.goal.0 != .handOver)
  }

  @Test("is no wish of one that does not lead")
  func follower() {
    var standby = Participant(
      Leader.b, commitment: Commitment(), incarnation: 1, now: Instant(milliseconds: 0))
    _ = standby.handle(.switchover(Switchover(target: "a", patience: 50)))
    #expect(standby.wish == nil)
  }
}

@Suite("Standbys that are stuck") struct StuckStandbyTests {
  private func leader(after ticks: Int, _ each: (inout Leader) -> Void) -> Leader {
    var leader = Leader()
    leader.hear(Leader.b)
    leader.hear(Leader.c)
    leader.observe()
    for _ in 0..<ticks {
      each(&leader)
      leader.tick()
    }
    return leader
  }

  @Test("nobody is while all stream")
  func none() {
    let leader = leader(after: 700) {
      $0.hear(Leader.b)
      $0.hear(Leader.c)
      $0.observe()
    }
    #expect(leader.participant.stuckStandbys == [:])
  }

  @Test("one that is there and does not stream is named after a minute, with its own words")
  func silent() {
    let each: (inout Leader) -> Void = {
      $0.hear(Leader.b)
      $0.hear(Leader.c, trouble: "the disk is full")
      $0.observe(confirmed: [Leader.b])
    }
    #expect(leader(after: 590, each).participant.stuckStandbys == [:])
    #expect(leader(after: 610, each).participant.stuckStandbys == ["c": "the disk is full"])
  }

  @Test("one that is copied takes the time it takes, unless that fails again and again")
  func copied() {
    func after(_ trouble: String?) -> [String: String] {
      leader(after: 700) {
        $0.hear(Leader.b)
        $0.hear(Leader.c, isComplete: false, trouble: trouble)
        $0.observe(confirmed: [Leader.b])
      }.participant.stuckStandbys
    }
    #expect(after(nil) == [:])
    #expect(after("pg_basebackup failed") == ["c": "pg_basebackup failed"])
  }

  @Test("one that is fenced does not follow on purpose")
  func fenced() {
    let leader = leader(after: 700) {
      $0.hear(Leader.b)
      $0.hear(Leader.c, obstacle: .fenced)
      $0.observe(confirmed: [Leader.b])
    }
    #expect(leader.participant.stuckStandbys == [:])
  }

  @Test("one that is not heard of at all is named, too")
  func gone() {
    let leader = leader(after: 700) {
      $0.hear(Leader.b)
      $0.observe(confirmed: [Leader.b])
    }
    #expect(leader.participant.stuckStandbys == ["c": "it is not heard of"])
  }

  @Test("and not any longer once it follows")
  func back() {
    var leader = leader(after: 700) {
      $0.hear(Leader.b)
      $0.observe(confirmed: [Leader.b])
    }
    leader.hear(Leader.c)
    leader.observe()
    leader.tick()
    #expect(leader.participant.stuckStandbys == [:])
  }
}
