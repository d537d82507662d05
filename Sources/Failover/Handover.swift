/// Rule 12: a leader that steps down for somebody.
struct Handover: Sendable {
  var target: String
  var patience: Int?
  /// Ticks since the last of its steps.
  var ticks = 0
  /// Where its log ends, once its shutdown record is written.
  var end: Position?
  var isPromised = false
}

extension Participant {
  /// A wish waits until this instance can hand over; the newest counts.
  mutating func take(_ new: Switchover?) {
    // Whose pod ends hands over, whatever else is wished.
    if let wish, wish.isFinal, new?.isFinal != true { return }
    guard let new else {
      wish = nil
      return
    }
    guard new.target != me.name, new.isFinal || (isLeading && new.target != handover?.target) else { return }
    wish = new
  }

  mutating func considerWish(_ actions: inout [Action]) {
    guard let wish, isEstablished, doors.isOpen, handover == nil else { return }
    self.wish = nil
    switch choose(wish) {
    case .success(let target): handover = Handover(target: target, patience: wish.patience)
    case .failure(let reason): actions.append(.refuse(wish, reason.refusal))
    }
  }

  private struct NoTarget: Error { let refusal: Refusal }

  private func choose(_ wish: Switchover) -> Result<String, NoTarget> {
    if let name = wish.target {
      guard let member = peers[name]?.state?.member else { return .failure(NoTarget(refusal: .unknownTarget)) }
      if let refusal = unfitness(member) { return .failure(NoTarget(refusal: refusal)) }
      return .success(name)
    }
    let fit = knownStates.filter { unfitness($0.member) == nil }.max { one, other in
      let (a, b) = (confirmed(one.member) ?? .init(0), confirmed(other.member) ?? .init(0))
      return a != b ? a < b : one.member.name > other.member.name
    }
    return fit.map { .success($0.member.name) } ?? .failure(NoTarget(refusal: .noTarget))
  }

  private func unfitness(_ member: Member) -> Refusal? {
    guard let state = state(of: member), isHeard(member) else { return .targetUnreachable }
    if !state.isComplete { return .targetIncomplete }
    if let obstacle = state.obstacle { return .targetCannotLead(obstacle) }
    if state.term > commitment.led { return .targetUnreachable }
    if confirmed(member) == nil { return .targetBehind }
    return nil
  }

  /// Follows the steps of a handover that has begun.
  mutating func advanceHandover(_ actions: inout [Action]) {
    guard var current = handover, isLeading, isObserved, goal == .handOver else { return }
    if current.end == nil {
      switch observation.server {
      case .shutDown(let end), .down(let end?):
        current.end = end
        current.ticks = 0
      case .down(nil):
        // It crashed on the way.
        return giveUp(current, &actions)
      default: break
      }
    }
    handover = current
    guard let end = current.end else { return }
    let target = peers[current.target]?.state
    if let reached = target?.position, reached >= end {
      current.isPromised = true
      current.ticks = 0
      handover = current
      commit(&actions) { commitment in
        commitment.promised = commitment.led.next
        commitment.stance = .promised
      }
      promise = Promise(commitment.promised, end)
    } else if let patience = current.patience, current.ticks > patience {
      giveUp(current, &actions)
    }
  }

  private mutating func giveUp(_ current: Handover, _ actions: inout [Action]) {
    handover = nil
    actions.append(.refuse(Switchover(target: current.target, patience: current.patience), .notTakenOver))
  }
}
