/// Rule 8: whom an instance follows.
extension Participant {
  /// A leader whose term is not below its own is followed; a holder that sees one has lost the lead.
  mutating func follow(_ actions: inout [Action]) {
    // Its own name with another volume is nobody: what led there is gone.
    guard let leader, leader.member.name != me.name, leader.term >= commitment.term else { return }
    if isLeading {
      guard leader.term > commitment.led else { return }
      endLeading(&actions)
    }
    guard commitment.stance != .following(leader.member) || commitment.led != leader.term else { return }
    commit(&actions) { commitment in
      commitment.led = leader.term
      commitment.stance = .following(leader.member)
    }
    promise = nil
    handover = nil
    suspicion = Suspicion()
    // It has just taken over; it is given time before its silence counts. Two that are cut off from each other would take
    // the lead in turn, for ever, if that time did not grow.
    unheardLeaders = isHeard(leader.member) ? 0 : min(unheardLeaders + 1, 6)
    peers[leader.member.name, default: Peer()].silence = 0
  }

  /// What it streams under: a copy in progress is not counted.
  var streamName: String {
    guard observation.isComplete, let record = record(of: commitment.led) else { return StreamName.uncounted(me.name) }
    return StreamName.counted(me, on: record.timeline)
  }

  /// A leader that steps down waits for this.
  var isAtLeadersEnd: Bool {
    guard let leadersEnd, let position else { return false }
    return position >= leadersEnd
  }

  private var leadersEnd: Position? {
    guard case .following(let leader) = commitment.stance else { return nil }
    return state(of: leader)?.end
  }

  /// Others wait for what the next look at postgres tells: it is worth to look often, for a while.
  public var isWatchedFor: Bool {
    if leadersEnd != nil { return !isAtLeadersEnd }
    return isEstablished && !doors.isOpen && handover == nil
  }
}
