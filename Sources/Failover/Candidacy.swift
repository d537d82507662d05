/// Rules 4 and 5: who may take the next term, and who tries first.
struct Candidacy: Sendable {
  /// Ticks since the promises are enough.
  var ticks = 0
  /// Whose log this instance gets, and up to where, because that one cannot lead itself.
  var source: (Member, Position)?
}

extension Participant {
  mutating func stand(isTick: Bool, _ actions: inout [Action]) {
    guard let promise, let record = lease.record, record.holder != me, promise.term == record.term.next,
      observation.isComplete
    else {
      candidacy = Candidacy()
      return
    }
    let promisers = knownStates.filter { $0.promise?.term == promise.term && $0.isComplete }
    var promises = [me: promise]
    for state in promisers { promises[state.member] = state.promise }
    guard observation.obstacle == nil else { return }
    guard record.permits(from: promise.position, promises: promises) || hasRunOut(record) else {
      candidacy.ticks = 0
      getWAL(record, promises, promisers)
      return
    }
    candidacy.source = nil
    if isTick { candidacy.ticks += 1 }
    let better =
      promisers.count { isBetter($0, than: promise, record, promises) } + (isNomineeDue(record, promisers) ? 1 : 0)
    guard candidacy.ticks >= better * settings.courtesy else { return }
    write(record.taken(by: me), &actions)
  }

  /// Whether to let another go first: courtesy, not safety.
  private func isBetter(
    _ other: MemberState, than promise: Promise, _ record: Record, _ promises: [Member: Promise]
  ) -> Bool {
    guard let theirs = other.promise, other.obstacle == nil, isHeard(other.member),
      record.permits(from: theirs.position, promises: promises)
    else { return false }
    let nominee = state(of: record.holder)?.nominee
    if nominee == me.name { return false }
    if nominee == other.member.name { return true }
    if theirs.position != promise.position { return theirs.position > promise.position }
    return other.member.name < me.name
  }

  /// Whether the one that the holder would have in its place may still promise: it is let go first for as long as any other.
  private func isNomineeDue(_ record: Record, _ promisers: [MemberState]) -> Bool {
    guard let nominee = state(of: record.holder)?.nominee, nominee != me.name, let state = peers[nominee]?.state,
      state.isComplete, state.obstacle == nil, isHeard(state.member)
    else { return false }
    return !promisers.contains { $0.member == state.member }
  }

  /// Who is ahead but cannot lead hands its log on to the best that can.
  private mutating func getWAL(_ record: Record, _ promises: [Member: Promise], _ promisers: [MemberState]) {
    guard let promise else { return }
    let ahead = promisers.filter { other in
      guard let theirs = other.promise else { return false }
      return theirs.position > promise.position && record.permits(from: theirs.position, promises: promises)
    }
    let able = promisers.filter { $0.obstacle == nil && isHeard($0.member) }
    let isFirst = able.allSatisfy { other in
      guard let theirs = other.promise else { return true }
      return (theirs.position, me.name) < (promise.position, other.member.name)
    }
    guard !ahead.contains(where: { $0.obstacle == nil && isHeard($0.member) }), isFirst,
      let source = ahead.min(by: {
        ($0.promise?.position ?? promise.position) < ($1.promise?.position ?? promise.position)
      }),
      let end = source.promise?.position
    else {
      candidacy.source = nil
      return
    }
    candidacy.source = (source.member, end)
  }

  /// Rule 10: a member takes a Lease that it has seen unchanged for its duration, and whose holder it has not heard for
  /// as long: hearing it was the word not to stand.
  private func hasRunOut(_ record: Record) -> Bool {
    guard record.isTimed, record.members.contains(me), lease.unchangedSince + settings.leaseDuration <= now else {
      return false
    }
    guard state(of: record.holder) != nil, let heardAt = peers[record.holder.name]?.heardAt else { return true }
    return heardAt + settings.leaseDuration <= now
  }
}
