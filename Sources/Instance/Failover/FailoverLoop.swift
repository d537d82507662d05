import ClusterAPI
import Failover
import Foundation
import Glibc
import Kubernetes
import Logging
import Processes
import Synchronization

/// Feeds the ``Participant`` with what happens, and does what it says: the thin shell around the decisions.
actor FailoverLoop {
  private let environment: InstanceEnvironment
  private let controlPlane: any ControlPlane
  private let file: CommitmentFile
  private let goal: ServerGoal
  private let state: InstanceState
  private let watch: ServerWatch
  private let logger: Logger
  private enum Item {
    case event(Failover.Event)
    /// Everything before it has been dealt with.
    case barrier(CheckedContinuation<Void, Never>)
  }

  private let events: (stream: AsyncStream<Item>, continuation: AsyncStream<Item>.Continuation)
  private var contents: CommitmentFile.Contents
  private var participant: Participant
  private var peers: PeerStreams?
  /// What it would ask for as the primary, and for how many ticks that has not changed.
  private var anticipated: (requirement: StandbyRequirement?, ticks: Int) = (nil, 0)
  private static let anticipationDelay = 10
  private nonisolated let quorum: QuorumCopy
  /// Somebody waits for what the next look tells.
  private nonisolated let isHurried = Mutex(false)
  private static let hurriedPause = Duration.milliseconds(4)
  /// So many looks in a hurry; whatever takes longer is not a matter of looking.
  private static let longestHurry = 500

  /// The newest observation is asked for at once.
  nonisolated let lookNow = Wakeup()
  /// Clients wait.
  nonisolated let doorsOpen = Wakeup()
  nonisolated let announcement: Announcement
  private nonisolated let stuckStandbys: StuckStandbys
  /// Why the Lease could not be read, said once.
  private let saidOfLease = Mutex("")

  init(
    environment: InstanceEnvironment, controlPlane: any ControlPlane, file: CommitmentFile,
    contents: CommitmentFile.Contents, goal: ServerGoal, state: InstanceState, watch: ServerWatch, logger: Logger
  ) {
    self.environment = environment
    self.controlPlane = controlPlane
    self.file = file
    self.contents = contents
    self.goal = goal
    self.state = state
    self.watch = watch
    self.logger = logger
    quorum = QuorumCopy(controlPlane, logger: logger)
    announcement = Announcement(environment.instance, controlPlane, logger: logger)
    stuckStandbys = StuckStandbys(environment.instance, controlPlane, state: state, logger: logger)
    // Unbounded, for nothing may be left out of it: what comes in is bounded by time and by the number of peers.
    events = AsyncStream.makeStream()
    participant = Participant(
      Member(environment.instance, contents.identity), commitment: contents.commitment,
      incarnation: contents.incarnation, now: Self.now())
  }

  nonisolated func post(_ event: Failover.Event) {
    events.continuation.yield(.event(event))
    // Whether its stream has ended, too, counts now.
    if case .gone = event { lookNow.signal() }
  }

  /// Returns when the event has been dealt with, or when there is nobody any more to do so.
  nonisolated func settle(_ event: Failover.Event) async {
    post(event)
    await withCheckedContinuation { continuation in
      if case .terminated = events.continuation.yield(.barrier(continuation)) { continuation.resume() }
    }
  }

  /// Runs until it is cancelled.
  func run(_ peers: PeerStreams) async {
    self.peers = peers
    await withDiscardingTaskGroup { group in
      group.addTask { await self.keepTime() }
      group.addTask { await self.keepLooking() }
      group.addTask { await peers.run() }
      group.addTask { [quorum] in await quorum.run() }
      group.addTask { [announcement] in await announcement.run() }
      group.addTask { [stuckStandbys] in await stuckStandbys.run() }
      for await item in events.stream {
        guard case .event(let event) = item else {
          if case .barrier(let continuation) = item { continuation.resume() }
          continue
        }
        let actions = participant.handle(event)
        announcement.note(participant.ownRecord)
        for action in actions { await carryOut(action, &group) }
        quorum.note(participant.ownRecord)
        hurry(participant.isWatchedFor)
        if case .tick = event {
          anticipate()
          stuckStandbys.note(participant.ownRecord == nil ? nil : participant.stuckStandbys)
        }
      }
      group.cancelAll()
    }
  }

  private func hurry(_ isWanted: Bool) {
    let begins = isHurried.withLock { isHurried in
      defer { isHurried = isWanted }
      return isWanted && !isHurried
    }
    if begins { lookNow.signal() }
  }

  /// What this instance would ask for as the primary is put in force beforehand; not in the moment in which somebody else
  /// takes over, for that is when there is no time for it.
  private func anticipate() {
    let requirement = participant.anticipatedRequirement
    anticipated = anticipated.requirement == requirement ? (requirement, anticipated.ticks + 1) : (requirement, 0)
    guard anticipated.ticks >= Self.anticipationDelay, goal.wish.anticipated != requirement else { return }
    goal.update { $0.anticipated = requirement }
  }

  /// The Cluster has changed.
  nonisolated func follow(_ cluster: Cluster, _ peers: PeerStreams) {
    peers.follow(Set(cluster.status?.instanceNames ?? []).subtracting([environment.instance]))
    post(.policy(Policy(cluster, for: environment.instance)))
    post(.settings(Settings(cluster)))
    quorum.look()
    announcement.follow(cluster)
    // A wish that somebody else be primary, or that it not be after all.
    if let target = cluster.status?.targetPrimary, cluster.status?.currentPrimary == environment.instance {
      let isWish = target != environment.instance && cluster.status?.instanceNames?.contains(target) ?? false
      post(.switchover(isWish ? Switchover(target: target, patience: 50) : nil))
    }
  }

  private nonisolated func keepTime() async {
    while !Task.isCancelled {
      post(.tick(Self.now()))
      try? await Task.sleep(for: .milliseconds(Settings().tick))
    }
  }

  private nonisolated func keepLooking() async {
    var hurry = 0
    while !Task.isCancelled {
      post(.observed(await watch.observe()))
      hurry = isHurried.withLock { $0 } ? hurry + 1 : 0
      let isWorthIt = (1...Self.longestHurry).contains(hurry)
      await lookNow.sleep(atMost: isWorthIt ? Self.hurriedPause : .milliseconds(Settings().tick))
    }
  }

  /// CLOCK_BOOTTIME goes on while the machine is suspended.
  private static func now() -> Failover.Instant {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Failover.Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  private func carryOut(_ action: Action, _ group: inout DiscardingTaskGroup) async {
    switch action {
    case .persist(let commitment): await persist(commitment)
    case .tell(let heartbeat): peers?.tell(heartbeat)
    case .readLease: group.addTask { await self.readLease() }
    case .writeLease(let record, let version):
      let sentAt = Self.now()
      group.addTask { await self.writeLease(record, over: version, sentAt: sentAt) }
    case .aim(let wish, let number):
      logger.info("goal", metadata: ["goal": "\(wish)", "number": "\(number)"])
      goal.update {
        $0.goal = wish
        $0.number = number
        if case .lead = wish {} else { $0.doorsAreOpen = false }
      }
      switch wish {
      case .lead: break
      case .follow: announcement.follows()
      default: announcement.isClosed()
      }
    case .openDoors(let record):
      logger.info("clients may come in", metadata: ["term": "\(record.term)", "timeline": "\(record.timeline)"])
      goal.update { $0.doorsAreOpen = true }
      doorsOpen.signal()
      announcement.isOpen(record)
    case .closeDoors:
      announcement.isClosed()
      goal.update { $0.doorsAreOpen = false }
    case .refuse(let wish, let reason):
      controlPlane.record(
        .warning, reason: "SwitchoverRefused",
        message: "Instance \(environment.instance) does not hand over to \(wish.target ?? "another"): \(reason)")
      if wish.target != nil { group.addTask { await self.takeBackTarget() } }
    }
  }

  /// Nothing that relies on it happens before it is on disk; should the disk not take it, this instance says nothing more.
  private func persist(_ commitment: Commitment) async {
    contents.commitment = commitment
    let (file, contents) = (file, contents)
    for attempt in 1... {
      do {
        return try await Blocking.run { try file.write(contents) }
      } catch {
        logger.error("cannot write what this instance has bound itself to", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: .milliseconds(min(1000, 50 * attempt)))
        if Task.isCancelled { return }
      }
    }
  }

  private nonisolated func readLease() async {
    do {
      post(.lease(try await withDeadline(.seconds(2)) { try await self.controlPlane.lease() }, isAnswer: true))
    } catch {
      let isNews = saidOfLease.withLock { said in
        defer { said = "\(error)" }
        return said != "\(error)"
      }
      if isNews { logger.warning("cannot read the Lease", metadata: ["error": "\(error)"]) }
      post(.leaseUnknown)
    }
  }

  private nonisolated func writeLease(_ record: Record, over version: UInt64, sentAt: Failover.Instant) async {
    do {
      let written = try await withDeadline(.seconds(2)) {
        try await self.controlPlane.writeLease(record, over: version)
      }
      if let written {
        post(.leaseWritten(written, sentAt: sentAt))
      } else {
        post(.leaseConflict)
      }
    } catch {
      logger.warning("cannot write the Lease", metadata: ["error": "\(error)"])
      post(.leaseUnknown)
    }
  }

  /// The wish for another primary is not fulfilled, and not tried again by itself.
  private nonisolated func takeBackTarget() async {
    let name = environment.instance
    try? await controlPlane.changeStatus { cluster in
      cluster.status?.currentPrimary == name && cluster.status?.targetPrimary != name
        ? ["targetPrimary": .string(name)] : nil
    }
  }
}
