/// What a participant knows of the Lease. It may be stale: only a write that succeeds proves anything.
struct LeaseView: Sendable {
  var reading: LeaseReading?
  /// Since when it has been seen unchanged, by our clock.
  var unchangedSince = Instant(milliseconds: 0)
  /// Ticks since the API server answered.
  var age = 0
  var isReading = false
  /// A write failed, or nobody knows what became of it: nothing is written before another look.
  var mustRead = true
  /// What was sent and is not answered yet.
  var write: Record?

  /// The tick in which a renewal was last sent.
  var lastRenewal = -1
  /// The tick in which it was last asked for.
  var lastAsked = -1

  var record: Record? { reading?.record }
}

extension Participant {
  mutating func see(_ reading: LeaseReading, isAnswer: Bool, _ actions: inout [Action]) {
    lease.age = 0
    // Answers and watches overtake each other. Where a write has just failed, the answer to a question counts whatever
    // its version: the API server's data may have been set back.
    if let known = lease.reading, reading.version < known.version, !(isAnswer && lease.mustRead) { return }
    if reading != lease.reading {
      lease.reading = reading
      lease.unchangedSince = now
    }
    if isAnswer { lease.mustRead = false }
    if suspicion.term != nil { suspicion.hasRead = reading.record?.term ?? Term(0) }
    guard let record = reading.record else { return }
    if record.holder == me { takeUp(record, &actions) }
  }

  /// Whoever reads its own name and volume in the Lease is the holder, however it comes to know (rule 5); unless it has
  /// promised or followed a later term since: then the reading is stale.
  private mutating func takeUp(_ record: Record, _ actions: inout [Action]) {
    guard record.term >= commitment.term else { return }
    if commitment.leadsTimeline == record.timeline {
      self.record = record
      if record.term > commitment.led { commit(&actions) { $0.led = record.term } }
    } else if record.term > commitment.led {
      let requirement = requirement(of: record)
      commit(&actions) { commitment in
        commitment.led = record.term
        commitment.stance = .leading(record.timeline)
        // Who goes on with its timeline goes on with what it asked for: the record may have moved on from that, or it
        // from the record.
        if commitment.asked?.timeline != record.timeline {
          commitment.asked = Commitment.Asked(requirement, on: record.timeline)
        }
      }
      self.record = record
      beginLeading()
    }
  }

  /// Nothing is being written, and what we last saw is no known mistake.
  var canWrite: Bool { lease.write == nil && !lease.mustRead && lease.reading != nil }

  mutating func write(_ record: Record, _ actions: inout [Action]) {
    guard canWrite, let version = lease.reading?.version else { return }
    // Bound from before it asks. If the answer is lost, others may count from when it was sent, not earlier.
    if record.isTimed, !commitment.isBoundByTime {
      commit(&actions) { $0.isBoundByTime = true }
      writtenUntil = now + settings.renewDeadline
    }
    lease.write = record
    actions.append(.writeLease(record, over: version))
  }

  /// After a write that succeeded.
  mutating func noteWritten(_ actions: inout [Action]) {
    guard let record = lease.record, record.holder == me, !record.isTimed else { return }
    commit(&actions) { $0.isBoundByTime = false }
  }

  /// Who suspects has to have looked (rule 3), unless the holder itself has stepped down.
  private var isReadingOwed: Bool {
    guard let term = suspicion.term, suspicion.hasRead != term else { return false }
    return leader.map { !hasPromised($0.member, beyond: term) } ?? true
  }

  mutating func readLease(_ actions: inout [Action]) {
    guard !lease.isReading, lease.write == nil else { return }
    // A watch may be broken without saying so; and who knows no leader, or one that is past, has missed something.
    let isBehind = leader.map { $0.term < commitment.led } ?? true
    let isWanted =
      lease.mustRead || lease.age >= (isBehind ? 3 : settings.refresh)
      || isReadingOwed
      || (isLeading && !hearsEnough && lease.age >= 2)
    // At most once a tick while the API server does not answer.
    guard isWanted, lease.lastAsked != ticks || lease.age == 0 else { return }
    lease.lastAsked = ticks
    lease.isReading = true
    actions.append(.readLease)
  }
}
