import PostgreSQL

/// One instance's part in deciding who is primary: `event → [action]`, over values alone.
///
/// The rules are those of the protocol (`docs/failover.md`); each has a file here. An event changes what is known; then
/// all rules look at the whole and take the next step, so that it does not matter in which order things become known.
public struct Participant: Sendable {
  public let me: Member
  public private(set) var settings: Settings

  /// What is on disk, or will be before the next action.
  public private(set) var commitment: Commitment
  var observation = Observation()
  var peers: [String: Peer] = [:]
  var lease = LeaseView()
  var policy = Policy()

  /// The record by which this instance leads; as it wrote or read it last.
  var record: Record?
  var promise: Promise?
  var suspicion = Suspicion()
  /// For a leader: ticks for which an instance has not been what a standby should be, though nobody is at work on it.
  var stuck: [String: Int] = [:]
  /// How many leaders in a row began without being heard.
  var unheardLeaders = 0
  var candidacy = Candidacy()
  var change: MembershipChange?
  var requirementInForce: (requirement: StandbyRequirement, position: LSN)?
  var handover: Handover?
  var wish: Switchover?
  var doors = Doors()
  /// Ticks for which a holder whose postgres died lets the others go first.
  var restraint = 0
  /// Ticks for which commits have waited, and for how many the next doubt waits.
  var waiting = (ticks: 0, limit: 0)
  /// Until when the last write lets it lead, where time decides.
  var writtenUntil: Instant?
  var now: Instant
  var ticks = 0
  /// Ticks since it promised, or since its start if that was earlier.
  var ticksPromised = 0

  private(set) var goal: Goal?
  private(set) var goalNumber = 0
  private var state: MemberState

  /// - Parameters:
  ///   - commitment: as found on disk.
  ///   - incarnation: higher than at any earlier start on this volume.
  ///   - now: a reading of the clock that ``Event/tick(_:)`` goes on with.
  public init(
    _ me: Member, commitment: Commitment, incarnation: UInt64, now: Instant, settings: Settings = Settings()
  ) {
    self.me = me
    self.now = now
    self.commitment = commitment
    self.settings = settings
    state = MemberState(member: me, incarnation: incarnation)
    waiting.limit = settings.waiting
  }

  /// Takes an event in and says what to do.
  public mutating func handle(_ event: Event) -> [Action] {
    var actions: [Action] = []
    var isTick = false
    switch event {
    case .tick(let instant):
      isTick = true
      tick(instant)
    case .heard(let heartbeat): hear(heartbeat)
    case .gone(let name): peers[name]?.isGone = true
    case .observed(let new): observation = new
    case .lease(let reading, let isAnswer):
      if isAnswer { lease.isReading = false }
      see(reading, isAnswer: isAnswer, &actions)
    case .leaseWritten(let reading, let sentAt):
      if let record = reading.record, record.holder == me {
        writtenUntil = sentAt + settings.renewDeadline
        noteLoosened(record)
      }
      lease.write = nil
      see(reading, isAnswer: true, &actions)
      noteWritten(&actions)
    case .leaseConflict:
      lease.write = nil
      lease.mustRead = true
    case .leaseUnknown:
      lease.write = nil
      lease.isReading = false
      lease.mustRead = true
    case .requirementInForce(let requirement, let position): requirementInForce = (requirement, position)
    case .policy(let new): policy = new
    case .settings(let new): settings = new
    case .switchover(let wish): take(wish)
    case .founded(let timeline): found(timeline, &actions)
    }
    decide(isTick: isTick, &actions)
    return actions
  }

  /// Every rule in its turn, each looking at what the ones before have made of it.
  private mutating func decide(isTick: Bool, _ actions: inout [Action]) {
    follow(&actions)
    suspect()
    makePromise(&actions)
    stand(isTick: isTick, &actions)
    raise(&actions)
    stepDown(&actions)
    considerWish(&actions)
    advanceHandover(&actions)
    renew(&actions)
    restore(&actions)
    changeMembers(isTick: isTick, &actions)
    aim(&actions)
    moveDoors(&actions)
    readLease(&actions)
    tell(isTick: isTick, &actions)
  }

  mutating func commit(_ actions: inout [Action], _ change: (inout Commitment) -> Void) {
    var new = commitment
    change(&new)
    guard new != commitment else { return }
    commitment = new
    actions.append(.persist(new))
  }

  /// Whether what was observed is about the goal that is pursued now.
  var isObserved: Bool { observation.goal == goalNumber }

  var isLeading: Bool { commitment.leadsTimeline != nil }

  /// As what the server is to run by the commitment alone.
  private mutating func aim(_ actions: inout [Action]) {
    let wanted = wantedGoal()
    guard let wanted, wanted != goal else { return }
    goal = wanted
    goalNumber += 1
    actions.append(.aim(wanted, number: goalNumber))
  }

  private func wantedGoal() -> Goal? {
    switch commitment.stance {
    case .none: nil
    case .promised:
      if handover?.isPromised == true { .halt } else { candidacy.source.map { .catchUp(from: $0, to: $1) } ?? .detach }
    case .following(let leader): .follow(leader, commitment.led, as: streamName)
    case .leading(let timeline): leadingGoal(timeline)
    }
  }

  /// Tells at each tick, and at once where something changed that others act on.
  private mutating func tell(isTick: Bool, _ actions: inout [Action]) {
    var new = MemberState(member: me, incarnation: state.incarnation, sequence: state.sequence)
    new.term = commitment.term
    new.led = commitment.led
    new.promise = promise
    new.suspects = suspicion.told
    new.hasRead = suspicion.hasRead
    new.leadership = leadership
    new.isComplete = observation.isComplete
    new.ailment = ailment
    new.obstacle = observation.obstacle
    new.nominee = handover?.target
    new.end = handover?.end
    // These alone are told at the next tick, unless somebody waits for them.
    new.position = isAtLeadersEnd || isTick ? position : state.position
    new.hears = isTick ? heardLately : state.hears
    new.trouble = isTick ? observation.trouble : state.trouble
    guard isTick || new != state else { return }
    new.sequence += 1
    state = new
    // What others say is passed on now and then, for those who do not hear them; that has time until the next tick.
    let others = isTick ? peers.values.compactMap(\.state).sorted { $0.member < $1.member } : []
    actions.append(.tell(Heartbeat(state: state, sentAt: now, others: others)))
  }

  /// How far its log reaches, as far as that is known.
  var position: Position? {
    switch observation.server {
    case .standby(let position, _), .shutDown(let position), .down(let position?): position
    case .primary(let position, _): position
    case .busy, .down: nil
    }
  }

  private mutating func tick(_ instant: Instant) {
    now = instant
    ticks += 1
    for name in peers.keys { peers[name]?.silence += 1 }
    lease.age += 1
    suspicion.age += 1
    restraint = max(0, restraint - 1)
    handover?.ticks += 1
    ticksPromised = commitment.stance == .promised ? ticksPromised + 1 : 0
    noteAbsences()
    noteWaiting()
  }
}
