import PostgreSQL

/// Rule 9: who counts, and how many have to confirm, changed one step after the other.
struct MembershipChange: Sendable {
  var members: Set<Member>
  var required: Int
  /// The first step has been written, by this process: a reading is no proof, for a write of an earlier life may be under
  /// way, and a write bars it even if it changes nothing.
  var isLoosened = false
}

extension Participant {
  /// Whether anything has to change is asked now and then: it depends on what ticks count.
  mutating func changeMembers(isTick: Bool, _ actions: inout [Action]) {
    guard isTick || change != nil else { return }
    // While it is not known what became of a write, the record may be the one before it or the one after: what postgres
    // asks for has to satisfy both.
    guard isEstablished, handover == nil, canWrite, let record, lease.record == record, record.term == commitment.led,
      !policy.instances.isEmpty
    else { return }
    let wanted = wantedMembers(record)
    if let change, change.members != wanted.members || change.required != wanted.required {
      self.change = nil
    }
    if change == nil {
      let isAsked = asked == requirement(of: record.with(members: wanted.members, required: wanted.required))
      if wanted == (record.members, record.required), isAsked { return }
      change = MembershipChange(members: wanted.members, required: wanted.required)
    }
    guard let change else { return }
    // First the record says less than what holds before and after.
    let loose = record.with(
      members: record.members.union(change.members), required: min(record.required, change.required))
    guard change.isLoosened else { return write(loose, &actions) }
    // Then postgres asks for it, and everything from before is confirmed as the new record says.
    let final = record.with(members: change.members, required: change.required)
    let requirement = requirement(of: final)
    if asked != requirement {
      requirementInForce = nil
      commit(&actions) { $0.asked = Commitment.Asked(requirement, on: record.timeline) }
    }
    guard let inForce = requirementInForce, inForce.requirement == requirement,
      confirmations(of: inForce.position, among: change.members) >= change.required - 1
    else { return }
    if final == record { self.change = nil } else { write(final, &actions) }
  }

  /// After a write that succeeded: whether it was the first step of the change.
  mutating func noteLoosened(_ record: Record) {
    guard let change, record.members.isSuperset(of: change.members), record.required <= change.required else { return }
    self.change?.isLoosened = true
  }

  /// The members and the number that the spec and the standbys' health come to.
  private func wantedMembers(_ record: Record) -> (members: Set<Member>, required: Int) {
    let well = policy.instances.filter { policy.eligible.contains($0) && $0 != me.name }
      .compactMap { peers[$0]?.state?.member }.filter { isWell($0, in: record) }
    // Names in the spec that are no instances confirm like others, but never promise.
    let strangers = (policy.before + policy.after).map { Member($0, VolumeIdentity(0)) }
    var members = Set(well + [me] + strangers)
    let required = policy.confirmations(well: well.count) + 1
    // Fewer members than have to confirm cannot be; those that were there stay, and commits wait for them. Those that may
    // not confirm come last: to be asked for fewer is worse.
    for mayConfirm in [true, false] {
      var spare = record.members.subtracting(members).sorted().filter { policy.admits($0.name) == mayConfirm }
      while members.count < required, !spare.isEmpty { members.insert(spare.removeFirst()) }
      var names = policy.instances.filter { policy.admits($0) == mayConfirm }
      while members.count < required, !names.isEmpty {
        let name = names.removeFirst()
        if !members.contains(where: { $0.name == name }) { members.insert(Member(name, VolumeIdentity(0))) }
      }
    }
    return (members, min(required, members.count))
  }

  /// A member is well as long as it is not missed for too long; somebody new, once it streams.
  private func isWell(_ member: Member, in record: Record) -> Bool {
    guard let peer = peers[member.name], let state = peer.state, state.isComplete, state.term <= commitment.led else {
      return record.members.contains(member) && (peers[member.name]?.absence ?? 0) < settings.absence
    }
    if record.members.contains(member) { return peer.absence < settings.absence }
    return peer.absence == 0 && confirmed(member) != nil
  }

  mutating func noteAbsences() {
    guard isLeading else { return }
    for (name, peer) in peers {
      guard let member = peer.state?.member else { continue }
      let isPresent = isHeard(member) && peer.state?.isComplete == true && confirmed(member) != nil
      peers[name]?.absence = isPresent ? 0 : peer.absence + 1
    }
    for name in policy.instances where name != me.name {
      stuck[name] = isPresentOrInProgress(name) ? nil : (stuck[name] ?? 0) + 1
    }
  }

  /// A copy or a rewind takes the time it takes; one that fails says so. Who is fenced does not follow on purpose.
  private func isPresentOrInProgress(_ name: String) -> Bool {
    guard let peer = peers[name], let state = peer.state else { return false }
    let isOnPurpose = state.obstacle == .fenced || (!state.isComplete && state.trouble == nil)
    return peer.absence == 0 || (isHeard(state.member) && isOnPurpose)
  }

  /// For the one who leads: the instances that do not follow and will not by being waited for, with what they say.
  public var stuckStandbys: [String: String] {
    guard isLeading else { return [:] }
    return stuck.filter { $0.value >= settings.stuck && policy.instances.contains($0.key) }
      .reduce(into: [:]) { $0[$1.key] = words(of: $1.key) }
  }

  private func words(of name: String) -> String {
    guard let state = peers[name]?.state, isHeard(state.member) else { return "it is not heard of" }
    return state.trouble ?? "it is there, but does not stream"
  }
}

extension Record {
  func with(members: Set<Member>, required: Int) -> Record {
    var changed = self
    changed.members = members
    changed.required = required
    return changed
  }
}
