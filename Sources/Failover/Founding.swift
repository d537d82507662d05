import PostgreSQL

/// The first Lease of a cluster, and one that was lost (rule 13).
extension Participant {
  mutating func found(_ timeline: TimelineID, _ actions: inout [Action]) {
    guard commitment.led == Term(0), let reading = lease.reading, reading.record == nil else { return }
    write(Record(holder: me, term: Term(1), timeline: timeline, members: [me], required: 1), &actions)
  }

  /// A Lease that was deleted or set back is believed by nobody. The primary writes it anew, above every known term, when
  /// those who would have to confirm its commits follow it.
  mutating func restore(_ actions: inout [Action]) {
    guard isEstablished, let record, canWrite, let reading = lease.reading,
      reading.record?.term ?? Term(0) < commitment.led
    else { return }
    let others = record.members.subtracting([me])
    let following = others.filter { member in
      guard let state = state(of: member), isHeard(member) else { return false }
      return state.led == commitment.led && state.promise == nil
    }
    guard following.count >= min(others.count, max(1, record.required - 1)) else { return }
    let known = (knownStates.map(\.term) + [commitment.term]).max() ?? commitment.term
    write(record.raised(to: known.next), &actions)
  }
}
