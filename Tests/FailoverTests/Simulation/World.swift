import PostgreSQL

@testable import Failover

/// A cluster around the real ``Participant``: instances, network, API server and clients in virtual time, all from one
/// seed.
final class World {
  /// Indirect: a heartbeat is large, and an item is moved more often than it is made.
  indirect enum Item {
    case tick(Int, life: Int)
    case event(Int, life: Int, Event)
    case fault
    case write
    case leaseRead(Int, life: Int)
    case leaseWrite(Int, life: Int, Record, over: UInt64, sentAt: Instant)
    case serverReady(Int, life: Int, goal: Int)
    case connect(Int, life: Int, goal: Int)
    case stream(to: Int, connection: Int, from: Int, [Log.Entry])
    case confirm(at: Int, from: Int, connection: Int, name: String, LSN)
    case applyNames(Int, life: Int, goal: Int)
    case restart(Int)
    case thaw(Int)
    case end
  }

  /// Until the members have found each other nothing is disturbed.
  static let warmUp = 1500

  let faults: Faults
  let mutation: Mutation?
  var random: Randomness
  var agenda = Agenda<Item>()
  var time = 0
  var machines: [Machine] = []
  var names: [String] = []
  /// Directed links, each until when it is cut: from an instance to another, or to the API server, which comes first.
  private var cuts: [Int]
  var apiAwayUntil = 0
  var lease = LeaseReading(nil, version: 0)
  var isCalm = false
  var lastConnection = 0
  var lastEntry = 0
  var judge = Judge()
  var trace: [String] = []
  var isTraced = false

  init(seed: UInt64, faults: Faults = .usual, mutation: Mutation? = nil, isTraced: Bool = false) {
    self.faults = faults
    self.mutation = mutation
    self.isTraced = isTraced
    random = Randomness(seed: seed)
    cuts = Array(repeating: 0, count: faults.instances * (faults.instances + 1))
    for index in 0..<faults.instances {
      names.append(["a", "b", "c", "d", "e"][index])
      machines.append(Machine(identity: VolumeIdentity(UInt64(index + 1))))
      machines[index].tickLength = 100 + random.number(-3...3)
    }
    machines[0].hasData = true
    machines[0].isComplete = true
    machines[0].log.entries = [Log.Entry(timeline: 1, id: 0)]
    for index in machines.indices { boot(index) }
    agenda.plan(.fault, at: Self.warmUp)
    agenda.plan(.write, at: 500)
  }

  /// Runs the schedule to its end. Returns what was wrong with it, nil when nothing was.
  func run() -> String? {
    let calm = Self.warmUp + faults.duration
    var isSettled = false
    while let (at, item) = agenda.next() {
      time = at
      if !isCalm, time >= calm {
        isCalm = true
        heal()
      }
      if isCalm, time > calm + 500, isWell {
        isSettled = true
        break
      }
      if time > calm + 40_000 { break }
      happen(item)
      if let verdict = judge.verdict { return "\(time) ms: \(verdict)" }
    }
    return isSettled || isLost ? nil : "\(time) ms: nobody leads though all is well again: \(summary)"
  }

  /// A volume is lost, and with it a copy that was not finished: so few complete members are left that nobody may lead any
  /// more, and a human decides (`docs/decisions/2026-11-26-protocol-model.md`).
  private var isLost: Bool {
    guard judge.wipes > 0, let record = lease.record else { return false }
    let complete = machines.indices.filter { machines[$0].isComplete }
      .map { Member(names[$0], machines[$0].identity) }.filter(record.members.contains)
    return complete.count <= record.members.count - record.required && !complete.contains(record.holder)
  }

  private var summary: String {
    machines.indices.map { index in
      let machine = machines[index]
      return
        "\(names[index]): \(machine.server) \(machine.commitment.stance) promised \(machine.commitment.promised) "
        + "led \(machine.commitment.led) complete \(machine.isComplete) doors \(machine.doorsAreOpen) "
        + "goal \(String(describing: machine.goal)) at \(machine.log.position) "
        + "lease write \(machine.participant?.lease.write != nil) must read \(machine.participant?.lease.mustRead ?? false) "
        + "reading \(machine.participant?.lease.isReading ?? false) change \(machine.participant?.change != nil) "
        + "bound \(machine.commitment.isBoundByTime)"
    }.joined(separator: "; ") + "; lease \(lease)"
  }

  /// One instance leads with its doors open, and has acknowledged something lately.
  private var isWell: Bool {
    let leaders = machines.indices.filter { machines[$0].doorsAreOpen }
    guard leaders.count == 1, let leader = leaders.first else { return false }
    return judge.lastAcknowledged.map { $0.at > Self.warmUp + faults.duration + 100 && $0.by == leader } ?? false
  }

  func note(_ text: @autoclosure () -> String) {
    if isTraced { trace.append("\(time) \(text())") }
  }

  func happen(_ item: Item) {
    switch item {
    case .tick(let index, let life): tick(index, life)
    case .event(let index, let life, let event): deliver(event, to: index, life: life)
    case .fault: fault()
    case .write: write()
    case .leaseRead(let index, let life): answerRead(index, life)
    case .leaseWrite(let index, let life, let record, let version, let sentAt):
      answerWrite(index, life, record, version, sentAt)
    case .serverReady(let index, let life, let goal): serverIsReady(index, life, goal)
    case .connect(let index, let life, let goal): connect(index, life, goal)
    case .stream(let index, let connection, let from, let entries): receive(index, connection, from, entries)
    case .confirm(let index, let from, let connection, let name, let lsn): confirm(index, from, connection, name, lsn)
    case .applyNames(let index, let life, let goal): applyNames(index, life, goal)
    case .restart(let index): if !machines[index].isUp { boot(index) }
    case .thaw(let index): thaw(index)
    case .end: break
    }
  }

  /// Time on an instance's own clock: they run at slightly different speeds.
  func clock(_ index: Int) -> Instant {
    Instant(milliseconds: Int64(time * 100 / machines[index].tickLength + index * 1_000_000))
  }

  func boot(_ index: Int) {
    machines[index].life += 1
    machines[index].isUp = true
    machines[index].isFrozen = false
    machines[index].backlog = []
    machines[index].server = .down
    machines[index].goal = nil
    machines[index].goalNumber = 0
    machines[index].source = nil
    machines[index].doorsAreOpen = false
    machines[index].waiting = []
    machines[index].confirmed = [:]
    machines[index].lastStream = Int.min / 2
    let member = Member(names[index], machines[index].identity)
    var settings = Settings()
    settings.silence = 5
    settings.isolation = 3
    settings.restraint = 8
    settings.absence = 15
    settings.waiting = 40
    settings.refresh = 30
    settings.leaseDuration = 3000
    settings.renewDeadline = 2000
    settings.retryPeriod = 400
    settings.stopMargin = 400
    let participant = Participant(
      member, commitment: machines[index].commitment, incarnation: UInt64(machines[index].life), now: clock(index),
      settings: settings)
    machines[index].participant = participant
    machines[index].observed = nil
    note("\(names[index]) starts")
    feed(index, .policy(policy(for: index)))
    agenda.plan(.tick(index, life: machines[index].life), at: time + random.number(1...100))
  }

  private func policy(for index: Int) -> Policy {
    var policy = Policy()
    policy.instances = names
    policy.eligible = Set(names).subtracting(faults.sharesPlace && index < 2 ? names.prefix(2) : [names[index]])
    policy.number = faults.number
    switch faults.durability {
    case .legacy: policy.minimum = faults.number
    case .required: policy.durability = .required
    case .preferred: policy.minimum = 0
    }
    return policy
  }

  private func tick(_ index: Int, _ life: Int) {
    guard machines[index].life == life, machines[index].isUp else { return }
    agenda.plan(.tick(index, life: life), at: time + machines[index].tickLength)
    guard !machines[index].isFrozen else { return }
    feed(index, .tick(clock(index)))
    observe(index)
    if machines[index].server == .down, machines[index].goal == nil, index == 0, machines[0].hasData,
      machines[0].commitment.led == Term(0), judge.acknowledged.isEmpty
    {
      feed(index, .founded(TimelineID(1)))
      feedRead(index)
    }
  }

  private func feedRead(_ index: Int) {
    if machines[index].participant?.lease.reading == nil { carryOut(.readLease, index) }
  }

  /// To a participant, at once.
  func feed(_ index: Int, _ event: Event) {
    guard machines[index].isUp, let actions = machines[index].participant?.handle(event) else { return }
    let life = machines[index].life
    for action in actions {
      guard machines[index].isUp, machines[index].life == life else { return }
      // Between any two actions it may crash.
      if !isCalm, time > Self.warmUp, random.number(0...9999) < 4 {
        crash(index)
        return
      }
      carryOut(action, index)
    }
  }

  func deliver(_ event: Event, to index: Int, life: Int) {
    guard machines[index].life == life, machines[index].isUp else { return }
    if machines[index].isFrozen {
      machines[index].backlog.append(event)
    } else {
      feed(index, event)
    }
  }

  private func thaw(_ index: Int) {
    guard machines[index].isUp, machines[index].isFrozen else { return }
    machines[index].isFrozen = false
    note("\(names[index]) thaws")
    let backlog = machines[index].backlog
    machines[index].backlog = []
    for event in backlog { feed(index, event) }
  }

  // MARK: Faults

  private func fault() {
    guard !isCalm else { return }
    agenda.plan(.fault, at: time + 100)
    for index in machines.indices {
      if random.chance(faults.crash) { crash(index) }
      if random.chance(faults.serverCrash) { crashServer(index) }
      if random.chance(faults.freeze), machines[index].isUp, !machines[index].isFrozen {
        machines[index].isFrozen = true
        note("\(names[index]) freezes")
        agenda.plan(.thaw(index), at: time + random.number(100...3000))
      }
      if random.chance(faults.wipe) { wipe(index) }
      if random.chance(faults.obstacle) {
        machines[index].obstacle = machines[index].obstacle == nil ? .noRoom : nil
      }
    }
    if random.chance(faults.cut) { cut() }
    if random.chance(faults.outage) { apiAwayUntil = time + random.number(100...3000) }
    if random.chance(faults.switchover) {
      let target = random.chance(500) ? nil : random.pick(names)
      for index in machines.indices where !machines[index].isFrozen {
        feed(index, .switchover(Switchover(target: target, patience: random.number(1...10))))
      }
    }
  }

  private func cut() {
    let until = time + random.number(100...3000)
    let one = random.number(0...machines.count - 1)
    switch random.number(0...2) {
    case 0:
      let other = random.number(0...machines.count - 1)
      cuts[link(one, other)] = until
    case 1:
      for other in machines.indices {
        cuts[link(one, other)] = until
        cuts[link(other, one)] = until
      }
      if random.chance(500) { cuts[link(one, Self.api)] = until }
    default: cuts[link(one, Self.api)] = until
    }
    note("cut at \(names[one]) until \(until)")
  }

  /// Power is lost: what is on disk stays, with whatever was being done to it half done.
  func crash(_ index: Int) {
    guard machines[index].isUp else { return }
    note("\(names[index]) crashes")
    machines[index].isUp = false
    machines[index].server = .down
    machines[index].doorsAreOpen = false
    machines[index].waiting = []
    machines[index].source = nil
    machines[index].participant = nil
    if !machines[index].isComplete {
      // Half a copy cannot be started: it is made anew.
      machines[index].log = Log()
      machines[index].hasData = false
      machines[index].completeFrom = nil
    }
    if mutation == .promiseNotDurable {
      machines[index].commitment.promised = Term(0)
      if machines[index].commitment.stance == .promised, let holder = lease.record?.holder {
        machines[index].commitment.stance = .following(holder)
      }
    }
    agenda.plan(.restart(index), at: time + random.number(faults.restart))
    for other in machines.indices where other != index && random.chance(700) {
      agenda.plan(.event(other, life: machines[other].life, .gone(names[index])), at: time + random.number(1...20))
    }
  }

  private func crashServer(_ index: Int) {
    guard machines[index].isUp, machines[index].server != .down, machines[index].server != .shutDown else { return }
    note("\(names[index])'s postgres crashes")
    stopServer(index)
    observe(index)
    aim(index)
  }

  /// At most one volume in a schedule, and none of the last that have everything.
  private func wipe(_ index: Int) {
    guard judge.wipes == 0, let record = lease.record, record.required >= 2 else { return }
    crash(index)
    judge.wipes += 1
    note("\(names[index]) loses its volume")
    if mutation != .wipeKeepsIdentity { machines[index].identity = VolumeIdentity(UInt64(100 + time)) }
    machines[index].commitment = Commitment()
    machines[index].log = Log()
    machines[index].hasData = false
    machines[index].isComplete = false
    machines[index].completeFrom = nil
    machines[index].isStandbyData = false
  }

  private func heal() {
    note("calm")
    for link in cuts.indices { cuts[link] = 0 }
    apiAwayUntil = 0
    for index in machines.indices {
      machines[index].obstacle = nil
      if machines[index].isFrozen { thaw(index) }
    }
  }

  static let api = -1

  private func link(_ from: Int, _ to: Int) -> Int { from * (machines.count + 1) + to + 1 }

  func isCut(_ from: Int, _ to: Int) -> Bool { cuts[link(from, to)] > time }

  func delay() -> Int { isCalm || !random.chance(50) ? random.number(1...8) : random.number(1...900) }
}
