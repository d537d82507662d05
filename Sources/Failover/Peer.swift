/// What a participant knows of another.
struct Peer: Sendable {
  /// The newest, from itself or by way of others.
  var state: MemberState?
  /// Ticks since it was heard directly.
  var silence = 0
  /// When that was, by our clock, and when it had sent that, by its own.
  var heardAt: Instant?
  var sentAt: Instant?
  /// Its process ended: it closed its stream, and nobody listens any more.
  var isGone = false
  /// For a leader: ticks for which it has neither been heard nor streamed.
  var absence = 0
}

extension Participant {
  mutating func hear(_ heartbeat: Heartbeat) {
    let name = heartbeat.state.member.name
    guard name != me.name else { return }
    var peer = peers[name] ?? Peer()
    // An old message from before its restart says nothing about its being alive.
    if heartbeat.state.incarnation >= peer.state?.incarnation ?? 0 {
      peer.silence = 0
      peer.heardAt = now
      peer.sentAt = heartbeat.sentAt
      peer.isGone = false
      if case .following(let leader) = commitment.stance, leader == heartbeat.state.member { unheardLeaders = 0 }
    }
    peers[name] = peer
    learn(heartbeat.state)
    for state in heartbeat.others { learn(state) }
  }

  private mutating func learn(_ state: MemberState) {
    guard state.member.name != me.name else { return }
    var peer = peers[state.member.name] ?? Peer(silence: settings.silence)
    if let known = peer.state, !state.isNewer(than: known) { return }
    peer.state = state
    peers[state.member.name] = peer
  }

  /// Others of whom something is known, whoever told it.
  var knownStates: [MemberState] { peers.values.compactMap(\.state) }

  /// The state of a member, unless its name has another volume by now.
  func state(of member: Member) -> MemberState? {
    guard let state = peers[member.name]?.state, state.member == member else { return nil }
    return state
  }

  func isHeard(_ member: Member, within ticks: Int? = nil) -> Bool {
    guard let peer = peers[member.name], let state = peer.state, state.member == member, !peer.isGone else {
      return false
    }
    return peer.silence < ticks ?? settings.silence
  }

  var heardLately: [String: Instant] {
    peers.compactMapValues { peer in peer.silence < settings.silence && !peer.isGone ? peer.sentAt : nil }
  }
}
