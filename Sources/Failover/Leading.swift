import PostgreSQL

/// Rules 6, 7 and 11: what a holder does.
struct Doors: Sendable {
  var isOpen = false
  /// The first record that enough members have confirmed: that it leads, and that what it shows cannot vanish.
  var proven: LSN?
}

extension Participant {
  mutating func beginLeading() {
    promise = nil
    handover = nil
    if wish?.isFinal != true { wish = nil }
    change = nil
    requirementInForce = nil
    restraint = 0
    doors.proven = nil
    waiting = (0, settings.waiting)
    // Who they are is judged anew.
    for name in peers.keys { peers[name]?.absence = 0 }
    stuck = [:]
  }

  mutating func endLeading(_ actions: inout [Action]) {
    record = nil
    change = nil
    handover = nil
    if wish?.isFinal != true { wish = nil }
    restraint = 0
    if doors.isOpen { actions.append(.closeDoors) }
    doors = Doors()
  }

  var leadership: Leadership? {
    guard isLeading, let record else { return nil }
    return Leadership(record: record, isEstablished: isEstablished)
  }

  /// Its postgres writes the timeline of the record.
  var isEstablished: Bool {
    guard isLeading, case .primary(let position, _) = observation.server else { return false }
    return position.timeline == record?.timeline
  }

  func leadingGoal(_ timeline: TimelineID) -> Goal? {
    // Before anything is known of the Lease or of the members it is not started: it may have lost the lead long ago.
    if record == nil { return .rest }
    if handover != nil { return .handOver }
    if restraint > 0 { return .rest }
    if isBoundAndLate { return .halt }
    return asked.map { .lead(timeline, $0) } ?? .rest
  }

  /// What postgres is asked for, whatever the record says: it changes by rule 9 alone.
  var asked: StandbyRequirement? {
    guard let asked = commitment.asked, asked.timeline == commitment.leadsTimeline else { return nil }
    return asked.requirement
  }

  func requirement(of record: Record) -> StandbyRequirement {
    guard record.required > 1 else { return StandbyRequirement(names: [], number: 0, method: policy.method) }
    let order = policy.before + policy.instances + policy.after
    let others = record.members.subtracting([me]).sorted { one, other in
      let (a, b) = (order.firstIndex(of: one.name) ?? order.count, order.firstIndex(of: other.name) ?? order.count)
      return a != b ? a < b : one < other
    }
    return StandbyRequirement(
      names: others.map { StreamName.counted($0, on: record.timeline) }, number: record.required - 1,
      method: policy.method)
  }

  /// The record by which it leads; nil while it does not.
  public var ownRecord: Record? { isLeading ? record : nil }

  /// What it would ask for if it took over, so that postgres can do so before it is promoted.
  public var anticipatedRequirement: StandbyRequirement? {
    guard !isLeading, let record = record(of: commitment.led) else { return nil }
    return requirement(of: record.taken(by: me))
  }

  /// Rule 11: for a standby that has promised but hears this holder again, and says so; and for the holder itself when
  /// nobody took over.
  mutating func raise(_ actions: inout [Action]) {
    guard let record = lease.record, record.holder == me, canWrite else { return }
    if commitment.stance == .promised, record.term < commitment.promised, isTiredOfWaiting {
      return write(record.raised(to: commitment.promised), &actions)
    }
    guard isLeading, record.term == commitment.led, restraint == 0, handover == nil, isEstablished else { return }
    let beyond = knownStates.filter { state in
      state.term > commitment.led && state.suspects == nil && isHeard(state.member) && state.hears[me.name] != nil
        && state.leadership == nil
    }
    if let term = beyond.map(\.term).max() { write(record.raised(to: term), &actions) }
  }

  /// It has stepped down, and nobody took over.
  private var isTiredOfWaiting: Bool {
    guard observation.obstacle == nil else { return false }
    guard let handover else { return ticksPromised > settings.restraint }
    return handover.patience.map { handover.ticks > $0 } ?? false
  }

  /// Rule 11: who is not the holder any longer has lost the lead, however alive.
  mutating func stepDown(_ actions: inout [Action]) {
    guard isLeading, observation.goal == goalNumber else { return }
    // postgres died under a holder that led.
    if case .lead = goal, case .down = observation.server, doors.proven != nil {
      doors.proven = nil
      let others = knownStates.filter { $0.isComplete && $0.obstacle == nil && isHeard($0.member) }
      restraint = record?.couldPermit(others.map(\.member)) ?? false ? settings.restraint : 0
    }
  }

  /// Rule 7.
  mutating func moveDoors(_ actions: inout [Action]) {
    guard isLeading, let record, isEstablished, case .primary(_, let opening) = observation.server else {
      return close(&actions)
    }
    if doors.proven != opening {
      // It was restarted, and has let nobody in yet.
      close(&actions)
      if isConfirmed(opening, record) { doors.proven = opening }
    }
    guard doors.proven == opening, !isIsolated, !isBoundAndLate else { return close(&actions) }
    guard !doors.isOpen else { return }
    doors.isOpen = true
    actions.append(.openDoors(record))
  }

  /// As the record says, and as postgres asks: a write of a stronger record may be under way, which protects what is shown.
  private func isConfirmed(_ position: LSN, _ record: Record) -> Bool {
    let asked = asked ?? requirement(of: record)
    let confirming = asked.names.count { observation.confirmed[$0].map { $0 >= position } ?? false }
    return confirming >= asked.number && confirmations(of: position, among: record.members) >= record.required - 1
  }

  private mutating func close(_ actions: inout [Action]) {
    guard doors.isOpen else { return }
    doors.isOpen = false
    actions.append(.closeDoors)
  }

  /// How many others of these members have confirmed everything up to a position: as postgres counts.
  func confirmations(of position: LSN, among members: Set<Member>) -> Int {
    guard let timeline = record?.timeline else { return 0 }
    return members.subtracting([me]).count { member in
      observation.confirmed[StreamName.counted(member, on: timeline)].map { $0 >= position } ?? false
    }
  }

  /// Up to where a standby has confirmed, counted or not; nil for one that does not stream.
  func confirmed(_ member: Member) -> LSN? {
    record.flatMap { observation.confirmed[StreamName.counted(member, on: $0.timeline)] }
      ?? observation.confirmed[StreamName.uncounted(member.name)]
  }

  /// It hears w − 1 others of the members.
  var hearsEnough: Bool {
    guard let record else { return true }
    return record.members.count { $0 != me && isHeard($0, within: settings.isolation) } >= record.required - 1
  }

  /// Somebody else may be about to be promoted, and it would not know.
  private var isIsolated: Bool { !hearsEnough && lease.age >= settings.isolation }

  mutating func noteWaiting() {
    guard isLeading, doors.isOpen, observation.commitsWait else {
      waiting = (0, isLeading && doors.isOpen ? waiting.limit : settings.waiting)
      return
    }
    waiting.ticks += 1
    // The doubt lasts for `T`; without a successor the next one takes longer.
    if waiting.ticks > waiting.limit + settings.silence { waiting = (0, waiting.limit * 2) }
  }

  /// Why others should not go on with this primary, by its own account.
  var ailment: Ailment? {
    guard isLeading else { return nil }
    if restraint > 0 { return .postmasterDied }
    if let own = observation.ailment { return own }
    if isBoundAndLate { return .leaseRanOut }
    if waiting.ticks > waiting.limit, hearsEnough { return .commitsWait }
    return nil
  }
}
