/// Rule 3: the members that suspect promise the next term together.
extension Participant {
  mutating func makePromise(_ actions: inout [Action]) {
    if case .promised = commitment.stance {} else { promise = nil }
    pledge(&actions)
    notePromise()
  }

  private mutating func pledge(_ actions: inout [Action]) {
    guard let term = suspicion.told, let record = record(of: term), record.holder != me else { return }
    guard commitment.promised <= record.term, commitment.led <= record.term else { return }
    guard isWorthPromising(record) else { return }
    commit(&actions) { commitment in
      commitment.promised = record.term.next
      commitment.stance = .promised
    }
    promise = nil
    candidacy = Candidacy()
  }

  /// A lone promise helps nobody and cannot be taken back while the API server is away.
  private func isWorthPromising(_ record: Record) -> Bool {
    if hasPromised(record.holder, beyond: record.term) { return true }
    let supporters = knownStates.filter { supports($0, record) }
    let hasRead = suspicion.hasRead == record.term || supporters.contains { $0.hasRead == record.term }
    guard hasRead else { return false }
    return record.isTimed || record.couldPermit(supporters.map(\.member) + [me])
  }

  /// It stepped down: its own word, which needs no other.
  func hasPromised(_ holder: Member, beyond term: Term) -> Bool {
    state(of: holder)?.promise.map { $0.term > term } ?? false
  }

  private func supports(_ state: MemberState, _ record: Record) -> Bool {
    guard state.isComplete, state.member != me else { return false }
    return state.suspects == record.term || state.promise?.term == record.term.next
  }

  /// The promise holds, and is told, from when nothing is received any longer and the position is known.
  private mutating func notePromise() {
    guard case .promised = commitment.stance, isObserved, observation.isComplete else { return }
    switch observation.server {
    case .standby(let position, isReceiving: false) where goal == .detach || candidacy.source != nil:
      if position > promise?.position ?? Position(.init(0), .init(0)) {
        promise = Promise(commitment.promised, position)
      }
    default: break
    }
  }
}
