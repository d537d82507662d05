/// Rule 2: when a standby holds its primary for lost.
struct Suspicion: Sendable {
  /// The term of the leader that is suspected; nil for none.
  var term: Term?
  /// Ticks since.
  var age = 0
  /// The term that the Lease had when it was read since.
  var hasRead: Term?
  /// As others are told: not before `spec.failoverDelay`.
  var told: Term?
}

extension Participant {
  /// Who leads by the latest word there is: the Lease's, or the leader's own.
  var leader: (member: Member, term: Term)? {
    var latest: (member: Member, term: Term)?
    func consider(_ record: Record) {
      if record.term > latest?.term ?? Term(-1) { latest = (record.holder, record.term) }
    }
    if let record = lease.record { consider(record) }
    for peer in peers.values { if let leadership = peer.state?.leadership { consider(leadership.record) } }
    if let record, isLeading { consider(record) }
    return latest
  }

  /// The record of a term, as the Lease or its leader tells it.
  func record(of term: Term) -> Record? {
    if let record = lease.record, record.term == term { return record }
    return knownStates.lazy.compactMap { $0.leadership?.record }.first { $0.term == term }
  }

  mutating func suspect() {
    guard !isLeading, observation.isComplete, let leader, leader.member != me, leader.term >= commitment.led,
      isLost(leader.member, leader.term)
    else {
      suspicion = Suspicion()
      return
    }
    if suspicion.term != leader.term { suspicion = Suspicion(term: leader.term) }
    let isOwnWord = state(of: leader.member)?.promise != nil
    if suspicion.age >= settings.delay || isOwnWord { suspicion.told = leader.term }
  }

  private func isLost(_ leader: Member, _ term: Term) -> Bool {
    guard let peer = peers[leader.name] else {
      // Never heard since this process began.
      return ticks >= settings.silence && !observation.hearsStream
    }
    if let state = peer.state {
      // The volume that it led on is gone.
      if state.member != leader { return true }
      if let promise = state.promise, promise.term > term { return true }
      switch state.ailment {
      case nil: break
      case .diskFull: if observation.obstacle != .noRoom { return true }
      default: return true
      }
    }
    // One of the two alone is a cut cable.
    return (peer.isGone || peer.silence >= settings.silence << unheardLeaders) && !observation.hearsStream
  }
}
