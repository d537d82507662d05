@testable import Failover

/// The API server: one object, compare-and-swap.
extension World {
  func isAPIReachable(_ index: Int) -> Bool {
    apiAwayUntil <= time && !isCut(index, Self.api)
  }

  func answerRead(_ index: Int, _ life: Int) {
    guard isAPIReachable(index), isCalm || !random.chance(faults.loss) else {
      agenda.plan(.event(index, life: life, .leaseUnknown), at: time + random.number(50...600))
      return
    }
    agenda.plan(.event(index, life: life, .lease(lease, isAnswer: true)), at: time + delay())
  }

  func answerWrite(_ index: Int, _ life: Int, _ record: Record, _ version: UInt64, _ sentAt: Instant) {
    guard isAPIReachable(index), isCalm || !random.chance(faults.loss) else {
      agenda.plan(.event(index, life: life, .leaseUnknown), at: time + random.number(50...600))
      return
    }
    guard version == lease.version || mutation == .leaseNotCompared else {
      agenda.plan(.event(index, life: life, .leaseConflict), at: time + delay())
      return
    }
    lease = LeaseReading(record, version: lease.version + 1)
    note(
      "lease: \(record.holder.name) term \(record.term) timeline \(record.timeline) members \(record.members.map(\.name).sorted()) w \(record.required)"
    )
    judge.see(record, machines[index].log)
    // The answer may be lost though the write was made.
    if !isCalm, random.chance(faults.loss) {
      agenda.plan(.event(index, life: life, .leaseUnknown), at: time + random.number(50...600))
    } else {
      agenda.plan(.event(index, life: life, .leaseWritten(lease, sentAt: sentAt)), at: time + delay())
    }
    // Watches.
    for other in machines.indices where other != index && isAPIReachable(other) && !random.chance(faults.loss) {
      agenda.plan(.event(other, life: machines[other].life, .lease(lease, isAnswer: false)), at: time + delay())
    }
  }
}
