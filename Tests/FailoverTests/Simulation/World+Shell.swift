import PostgreSQL

@testable import Failover

/// What an instance manager's shell does with the actions.
extension World {
  func carryOut(_ action: Action, _ index: Int) {
    let life = machines[index].life
    switch action {
    case .persist(let commitment): machines[index].commitment = commitment
    case .tell(let heartbeat):
      for other in machines.indices where other != index {
        guard !isCut(index, other), isCalm || !random.chance(faults.loss) else { continue }
        agenda.plan(.event(other, life: machines[other].life, .heard(heartbeat)), at: time + delay())
        // Repeated, and late.
        if !isCalm, random.chance(5) {
          agenda.plan(
            .event(other, life: machines[other].life, .heard(heartbeat)), at: time + random.number(100...2000))
        }
      }
    case .readLease: agenda.plan(.leaseRead(index, life: life), at: time + delay())
    case .writeLease(let record, let version):
      let travel = !isCalm && random.chance(faults.lateWrite) ? random.number(100...3000) : delay()
      agenda.plan(.leaseWrite(index, life: life, record, over: version, sentAt: clock(index)), at: time + travel)
    case .aim(let goal, let number):
      machines[index].goal = goal
      machines[index].goalNumber = number
      note("\(names[index]) aims at \(goal)")
      aim(index)
    case .openDoors:
      machines[index].doorsAreOpen = true
      note("\(names[index]) opens its doors")
      judge.opened(by: index, machines[index], at: time)
    case .closeDoors: machines[index].doorsAreOpen = false
    case .refuse: break
    }
  }

  /// Brings postgres where the goal says: what can be done at once, and plans for the rest.
  func aim(_ index: Int) {
    guard let goal = machines[index].goal, machines[index].isUp else { return }
    let life = machines[index].life
    let number = machines[index].goalNumber
    switch goal {
    case .rest, .halt:
      if machines[index].server != .shutDown { stopServer(index) }
      observe(index)
    case .handOver:
      guard case .primary = machines[index].server else { return observe(index) }
      // The checkpoint and the shutdown take a while; what waits for confirmations is cut off.
      agenda.plan(.serverReady(index, life: life, goal: number), at: time + random.number(10...200))
    case .detach:
      if case .primary = machines[index].server { stopServer(index) }
      disconnect(index)
      if machines[index].server == .standby {
        agenda.plan(.serverReady(index, life: life, goal: number), at: time + random.number(1...30))
      } else {
        startServer(index)
      }
    case .follow, .catchUp:
      if case .primary = machines[index].server { stopServer(index) }
      disconnect(index)
      if machines[index].server == .standby {
        agenda.plan(.connect(index, life: life, goal: number), at: time + random.number(1...50))
      } else {
        startServer(index)
      }
    case .lead(let timeline, _):
      if case .primary = machines[index].server, machines[index].log.position.timeline == timeline {
        agenda.plan(.applyNames(index, life: life, goal: number), at: time + random.number(1...50))
      } else if machines[index].server == .standby {
        disconnect(index)
        agenda.plan(.serverReady(index, life: life, goal: number), at: time + random.number(10...200))
      } else {
        startServer(index)
      }
    }
  }

  private func startServer(_ index: Int) {
    guard machines[index].server == .down || machines[index].server == .shutDown else { return }
    machines[index].server = .recovering
    agenda.plan(
      .serverReady(index, life: machines[index].life, goal: -1), at: time + random.number(20...600))
  }

  func stopServer(_ index: Int) {
    disconnect(index)
    machines[index].server = .down
    machines[index].waiting = []
    machines[index].confirmed = [:]
    machines[index].doorsAreOpen = false
  }

  /// A start, a promotion, a detachment or a shutdown has come to its end.
  func serverIsReady(_ index: Int, _ life: Int, _ number: Int) {
    guard machines[index].isUp, machines[index].life == life else { return }
    if machines[index].isFrozen {
      agenda.plan(.serverReady(index, life: life, goal: number), at: time + 50)
      return
    }
    let machine = machines[index]
    if number == -1 {
      guard machine.server == .recovering else { return }
      started(index)
      return
    }
    guard machine.goalNumber == number, let goal = machine.goal else { return }
    switch goal {
    case .handOver:
      guard case .primary = machine.server else { return }
      append(index)
      machines[index].waiting = []
      machines[index].server = .shutDown
      machines[index].doorsAreOpen = false
      flush(index)
      observe(index)
    case .detach: observe(index)
    case .lead(let timeline, let requirement):
      guard machine.server == .standby else { return }
      promote(index, timeline, requirement)
    default: break
    }
  }

  private func started(_ index: Int) {
    guard let goal = machines[index].goal else {
      machines[index].server = .down
      return
    }
    switch goal {
    case .lead(let timeline, let requirement):
      if machines[index].log.position.timeline == timeline {
        // On its own timeline, as it is: recovery ends in a checkpoint.
        machines[index].isStandbyData = false
        setNames(index, requirement)
        machines[index].server = .primary(opening: LSN(0))
        append(index)
        machines[index].server = .primary(opening: machines[index].log.end)
        judge.writes(index, machines[index].log)
        observe(index)
        inForce(index)
      } else {
        machines[index].server = .standby
        machines[index].isStandbyData = true
        aim(index)
      }
    case .rest, .halt, .handOver: stopServer(index)
    default:
      machines[index].server = .standby
      machines[index].isStandbyData = true
      aim(index)
    }
  }

  private func promote(_ index: Int, _ timeline: TimelineID, _ requirement: StandbyRequirement) {
    if mutation == .namesAfterPromotion {
      agenda.plan(
        .applyNames(index, life: machines[index].life, goal: machines[index].goalNumber), at: time + 300)
      machines[index].inForce = StandbyRequirement(names: [], number: 0)
    } else {
      setNames(index, requirement)
    }
    machines[index].isStandbyData = false
    var number = timeline.number
    if mutation == .ownTimeline { number = machines[index].log.position.timeline.number + 1 }
    lastEntry += 1
    machines[index].log.entries.append(Log.Entry(timeline: number, id: lastEntry))
    machines[index].server = .primary(opening: machines[index].log.end)
    machines[index].confirmed = [:]
    note("\(names[index]) is promoted onto timeline \(number) at \(machines[index].log.end)")
    judge.promoted(index, machines[index].log)
    judge.writes(index, machines[index].log)
    flush(index)
    observe(index)
    if mutation != .namesAfterPromotion { inForce(index) }
  }

  private func setNames(_ index: Int, _ requirement: StandbyRequirement) {
    var requirement = requirement
    if mutation == .quorumOffByOne { requirement.number = max(0, requirement.number - 1) }
    machines[index].inForce = requirement
  }

  private func inForce(_ index: Int) {
    guard case .lead(_, let requirement) = machines[index].goal else { return }
    let end = mutation == .noCatchUp ? LSN(0) : machines[index].log.end
    agenda.plan(
      .event(index, life: machines[index].life, .requirementInForce(requirement, position: end)), at: time + 1)
  }

  func applyNames(_ index: Int, _ life: Int, _ number: Int) {
    guard machines[index].isUp, machines[index].life == life, machines[index].goalNumber == number,
      case .lead(_, let requirement) = machines[index].goal, case .primary = machines[index].server
    else { return }
    setNames(index, requirement)
    release(index)
    observe(index)
    inForce(index)
  }

  /// What the manager sees of its postgres.
  func observe(_ index: Int) {
    guard machines[index].isUp, !machines[index].isFrozen else { return }
    let machine = machines[index]
    let position = mutation == .lsnOnly ? Position(TimelineID(1), machine.log.end) : machine.log.position
    var server = Observation.Server.down(end: nil)
    switch machine.server {
    case .down: break
    case .recovering: server = .busy
    case .standby:
      server =
        machine.isComplete || mutation == .copyCounts
        ? .standby(position, isReceiving: machine.source != nil && mutation != .receivesAfterPromise) : .busy
    case .primary(let opening): server = .primary(machine.log.position, opening: opening)
    case .shutDown: server = .shutDown(position)
    }
    let observation = Observation(
      goal: machine.goalNumber, server: server,
      isComplete: machine.isComplete || (mutation == .copyCounts && machine.hasData),
      obstacle: machine.obstacle, confirmed: machine.confirmed, hearsStream: time - machine.lastStream < 500,
      commitsWait: machine.waiting.first.map { time - $0.since > 100 } ?? false)
    // Another look at the same tells nothing; ticks and heartbeats have the rules look again often enough.
    guard observation != machine.observed else { return }
    machine.observed = observation
    feed(index, .observed(observation))
  }
}
