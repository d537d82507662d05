/// Rule 10: where nobody has to confirm, time decides.
extension Participant {
  /// It may not lead now, for want of a Lease just written or of every other member's word.
  var isBoundAndLate: Bool {
    guard commitment.isBoundByTime else { return false }
    return [writtenUntil, wordUntil].allSatisfy { until in
      guard let until else { return true }
      return until <= now + settings.stopMargin
    }
  }

  /// The word of every other member, as of the oldest of our heartbeats that they have heard last.
  private var wordUntil: Instant? {
    guard let record else { return nil }
    var oldest = now
    for member in record.members where member != me {
      guard let heard = state(of: member)?.hears[me.name] else { return nil }
      oldest = min(oldest, heard)
    }
    return oldest + settings.renewDeadline
  }

  /// Writes the Lease now and then while time decides; and once more when it does not any longer, to be free of it.
  mutating func renew(_ actions: inout [Action]) {
    guard isLeading, commitment.isBoundByTime, let record, lease.record == record, record.term == commitment.led,
      canWrite, record.members.count > 1
    else { return }
    let due = (writtenUntil ?? Instant(milliseconds: 0)) + (settings.retryPeriod - settings.renewDeadline)
    guard due <= now, lease.lastRenewal != ticks else { return }
    lease.lastRenewal = ticks
    write(record, &actions)
  }
}
