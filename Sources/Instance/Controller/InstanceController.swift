import Backup
import ClusterAPI
import Failover
import Foundation
import Kubernetes
import Logging
import PostgreSQL
import Processes

/// Brings one instance from what it is to what it should be, a step at a time.
///
/// It looks at the disk, at postgres and at the Cluster each time anew; what it remembers only saves work. Whatever it
/// cannot do now it says, and tries again.
actor InstanceController {
  let environment: InstanceEnvironment
  let programs: PostgresPrograms
  let controlPlane: any ControlPlane
  let lock: DataLock
  let postmaster: Postmaster
  let session: LocalSession
  /// The sessions of the endpoints, which must not hold up a shutdown.
  private let endpointSessions: [LocalSession]
  let state: InstanceState
  let files: ConfigurationFiles
  let certificates: CertificateFiles
  let logger: Logger
  let endpoints: EndpointIdentity
  let lastWords: LastWords
  /// What the failover wishes of postgres.
  let goal: ServerGoal
  /// Tells the failover something.
  let failover: @Sendable (Failover.Event) -> Void
  /// Has it look at postgres at once.
  let look: @Sendable () -> Void
  /// Tells the services whether to turn to this instance.
  let announcement: Announcement
  /// Has the failover look at once, and returns when it has drawn its conclusions.
  let reportDeath: @Sendable () async -> Void
  let archive: ArchiveServices

  /// This standby's data reach beyond where the leader's history left them.
  var mustRewind = false
  /// For which term they were last rewound: doing it again would not help.
  var rewoundFor: Term?
  /// A walreceiver may still go by what the leader file said before.
  var hasOldWALReceiver = false
  /// What walsenders count by, since postgres was started or promoted.
  var requirementInForce: (run: Int, requirement: StandbyRequirement)?
  /// The run of postgres in which backends are known to wait for standbys, as long as there is anybody to wait for.
  var backendsWaitInRun: Int?
  /// The goal that is pursued, and since when.
  var pursuit: (goal: Int, since: ContinuousClock.Instant)?
  /// When this instance was last promoted.
  var promotedAt: ContinuousClock.Instant?
  /// Its control file may still have the timeline from before that.
  var owesCheckpoint = false
  /// The primary's roles and passwords were seen to since postgres last started.
  var hasEnsuredRoles = false
  /// For each Secret, the version whose password postgres has.
  var appliedPasswords: [String: String] = [:]
  /// Databases whose extensions were seen to, with the extensions.
  var extensionsApplied: (databases: [String], extensions: [ManagedExtension])?
  /// By what clients are let in once the doors open; nil while they are, and on a standby.
  var rulesBehindDoors: String?
  /// The files say something that postgres has not read yet.
  var needsReload = false
  /// What keeps the instance from being all that the Cluster asks for, although postgres runs; nil when nothing does.
  private var problem: InstanceProblem?
  /// By the name of the file: what postgres did not take.
  var refusals: [String: Refusal] = [:]
  /// postgres did not start with the rules and maps that the Cluster asks for, or let nobody in: for now the last good.
  var startsWithGoodRules = false
  /// This standby keeps to values that its primary had: until the primary has recorded lower ones, which no event tells.
  var keepsRecordedParameters = false
  /// What was last reported, so that it is reported once.
  var reportedProblem: String?
  private var failures = 0
  /// Consecutive ends of postgres that nobody asked for, and when it may start again.
  private var crashes = 0
  private var mayStart = ContinuousClock.now
  /// Since when this standby, although running, has received nothing.
  var notStreamingSince: ContinuousClock.Instant?
  /// The data are copied, from this instance, and wait for it to become the cluster's first primary.
  var copied: (source: String, system: SystemIdentifier)?
  /// A recovery that did not get where it was to, and until when the same is not tried again.
  var vainRecovery: (plan: RestorePlan, problem: InstanceProblem, until: ContinuousClock.Instant)?
  /// This standby, which its primary cannot help any more, takes its log from the archive.
  var fetchesFromArchive = false
  /// For which run of postgres, and for which place, the first file was sent to the archive.
  var archiveProof: (run: Int, place: String)?
  /// When this standby's slots were last made like the primary's.
  var slotsCopied: ContinuousClock.Instant?

  init(
    environment: InstanceEnvironment, programs: PostgresPrograms, controlPlane: any ControlPlane, lock: DataLock,
    postmaster: Postmaster, state: InstanceState, endpoints: EndpointIdentity, endpointSessions: [LocalSession] = [],
    lastWords: LastWords, goal: ServerGoal, failover: @escaping @Sendable (Failover.Event) -> Void,
    look: @escaping @Sendable () -> Void, announcement: Announcement,
    reportDeath: @escaping @Sendable () async -> Void, archive: ArchiveServices, logger: Logger
  ) {
    self.goal = goal
    self.failover = failover
    self.look = look
    self.announcement = announcement
    self.reportDeath = reportDeath
    self.archive = archive
    self.environment = environment
    self.programs = programs
    self.controlPlane = controlPlane
    self.lock = lock
    self.postmaster = postmaster
    self.state = state
    self.endpoints = endpoints
    self.endpointSessions = endpointSessions
    self.lastWords = lastWords
    self.logger = logger
    session = LocalSession(environment.localParameters(), logger: logger)
    files = ConfigurationFiles(programs: programs, paths: environment.paths)
    certificates = CertificateFiles(directory: environment.paths.certificates)
  }

  /// One look and one step. Returns after how long to look again, should nothing happen before.
  ///
  /// - Throws: ``InstanceProblem/noSpace(_:)``, which ends the instance manager, or `CancellationError`.
  func pass() async throws -> Duration {
    guard let cluster = controlPlane.cluster else { return .seconds(1) }
    state.update { $0.cluster = cluster }
    do {
      let delay = try await reconcile(cluster)
      failures = 0
      state.update { $0.trouble = nil }
      if state.current.activity == .running, problem == nil { await clearProblem() }
      return delay
    } catch let problem as InstanceProblem {
      if case .noSpace = problem { throw problem }
      noteTrouble(problem.description)
      await report(problem)
    } catch let error as CancellationError {
      throw error
    } catch {
      if Task.isCancelled { throw CancellationError() }
      logger.warning("cannot go on yet; trying again", metadata: ["error": "\(error)"])
      noteTrouble("\(error)")
    }
    failures += 1
    // What a session is in for is one reason less with a new one.
    if failures >= 5 { await session.close() }
    return Backoff(first: .milliseconds(50), limit: .seconds(10)).delay(afterFailures: failures)
  }

  /// Once is no trouble yet.
  private func noteTrouble(_ text: String) {
    guard failures > 1 else { return }
    state.update { $0.trouble = text }
  }

  private func reconcile(_ cluster: Cluster) async throws -> Duration {
    let certificateProblem = try await updateCertificates(cluster)
    let isFenced = cluster.isFenced(environment.instance)
    state.update { $0.obstacle = isFenced ? .fenced : nil }
    if isFenced {
      if await postmaster.isRunning { await stop(.fast(seconds: cluster.spec.switchoverDelay)) }
      state.update { $0.activity = .fenced }
      return .seconds(30)
    }
    guard try await lock.acquire() else {
      await say("Another instance manager or its postgres still has the data; it is about to end.")
      return .milliseconds(250)
    }
    let data = dataDirectory(cluster)
    let inspected = try await data.inspect()
    let isComplete = if case .complete = inspected { !data.isCatchingUp } else { false }
    state.update { $0.isComplete = isComplete }
    // Whether it is started again, or waits for another to take over, is the failover's to say.
    if await postmaster.unexpectedExit != nil { await reportDeath() }
    let wish = goal.wish
    let step = InstanceDecision.step(
      instance: environment.instance, data: inspected, record: InstanceDecision.Record(cluster), goal: wish.goal)
    switch step {
    case .wait(let reason):
      // What runs stays: only another role, decided, brings it down.
      if await !postmaster.isRunning { await say(reason) }
      if let certificateProblem { await report(certificateProblem) }
      return .seconds(10)
    case .initialize:
      try await initialize(cluster, data)
      return .zero
    case .clone(let source): return try await clone(cluster, data, from: source)
    case .found:
      await say("These are the cluster's first data; the Lease is to say so.")
      failover(.founded(try await programs.controlData(of: data.path).dataTimeline))
      return .milliseconds(100)
    case .pursue(let goal):
      problem = certificateProblem
      let isStandby = inspected == .complete(isStandby: true)
      return try await pursue(goal, wish, isStandby: isStandby, cluster, data)
    }
  }

  /// The server runs, or is started, in the role that the goal gives it; everything else of the Cluster is seen to.
  func run(
    as role: InstanceRole, _ wish: ServerGoal.Wish, _ cluster: Cluster, _ data: DataDirectory
  ) async throws -> Duration {
    let stopped = await postmaster.isRunning ? nil : try await checkRoom(data)
    let configurationProblem = try await writeConfiguration(cluster, role: role)
    if let stopped { return try await start(as: role, data, stopped) }
    guard await postmaster.isRunning else { return .zero }
    if state.current.activity != .running, await !postmaster.isReady() {
      // It recovers, which takes as long as it takes. Should it end, that wakes the loop.
      state.update { $0.activity = .starting }
      if case .follow(_, let term, _) = wish.goal {
        if let file = lastWords.missingFile(for: .seconds(5)) { return try await goOnWithout(file, cluster, data) }
        if lastWords.isForeign(for: .seconds(5)) { return try await leaveForeignLog(term, data) }
      }
      return .milliseconds(20)
    }
    crashes = 0
    state.update { $0.crashes = 0 }
    guard try await hasSession() else { return .zero }
    let refused = try await reloadIfNeeded(cluster)
    problem = configurationProblem ?? refused ?? problem
    if problem == nil, data.hasWALInside {
      problem = .unsupported(
        "spec.walStorage was given when the data were there already: \(data.path)/pg_wal stays on their volume. Delete "
          + "a standby's PersistentVolumeClaims and pod, and it is made anew with both volumes.")
    }
    if role == .primary {
      try await keepDoors(wish)
      try await assureRequirement(wish)
    }
    if state.current.activity != .running || state.current.role != role {
      state.update { [role] in
        $0.activity = .running
        $0.role = role
      }
    }
    reached(wish)
    if role == .primary {
      let undone = try await lead(cluster, wish)
      problem = problem ?? undone
    }
    try await noteServerState(cluster)
    if try await Blocking.run({ try KeptData(data: data).giveRoom() }) {
      logger.notice("the data that were kept aside are deleted: their volume needs the room")
    }
    var delay = Duration.seconds(30)
    switch role {
    case .primary:
      try await restartInPlaceIfAsked(cluster)
      delay = wish.doorsAreOpen ? min(delay, Self.timeForClients(since: promotedAt) ?? delay) : .milliseconds(50)
    case .standby:
      if data.isCatchingUp {
        // It lets sessions in, so it has replayed past the end of what was copied.
        try await data.noteCaughtUp()
        return .zero
      }
      // It may be promoted at any time.
      if let anticipated = wish.anticipated { try await assureThatBackendsWait(anticipated) }
      if case .follow = wish.goal {
        delay = try await follow(cluster, data)
        if await postmaster.isRunning { try await warmCatalogs(data) }
      }
      if keepsRecordedParameters { delay = min(delay, .seconds(1)) }
    }
    if configurationProblem == nil, refused == nil { try await rememberGoodParameters() }
    // Everything else is as it should be; the condition says what is not.
    if let problem { await report(problem) }
    return delay
  }

  /// Tells the failover at once how far its wish has come.
  func reached(_ wish: ServerGoal.Wish) {
    guard state.current.reachedGoal != wish.number else { return }
    state.update { $0.reachedGoal = wish.number }
    look()
  }

  private func start(as role: InstanceRole, _ data: DataDirectory, _ control: ControlData) async throws -> Duration {
    if let status = await postmaster.takeUnexpectedExit() {
      crashes += 1
      state.update { [crashes] in $0.crashes = crashes }
      mayStart = .now + Backoff(first: .milliseconds(100), limit: .seconds(30)).delay(afterFailures: crashes)
      let reason = lastWords.take() ?? "\(status)"
      if crashes > 1 { await say("PostgreSQL ended \(crashes) times in a row (\(reason)); it is started again.") }
      if role == .standby, Self.isForeignHistory(reason) { mustRewind = true }
      // Killed from outside (no memory left, say) it says nothing against its configuration.
      let isKilled = status == .signaled(SIGKILL)
      if state.current.activity != .running, !isKilled, try await fallBack(reason) { return .zero }
    }
    let wait = mayStart - .now
    if crashes > 1, wait > .zero { return wait }
    if role == .standby { try await data.writeStandbySignal() }
    try data.closeToOthers()
    needsReload = false
    state.update { [role] in
      $0.systemIdentifier = control.systemIdentifier
      $0.activity = .starting
      $0.role = role
      $0.shutdownEnd = nil
    }
    try await startPostmaster(as: role)
    return .milliseconds(20)
  }

  /// What the startup process says when the newest timeline it sees left its data behind (src/backend/access/transam/xlogrecovery.c).
  private static func isForeignHistory(_ reason: String) -> Bool {
    reason.contains("does not contain minimum recovery point")
      || reason.contains("is not a child of this server's history")
  }

  /// What is known of the one that ran before does not hold for this one.
  func startPostmaster(as role: InstanceRole) async throws {
    hasEnsuredRoles = false
    appliedPasswords = [:]
    extensionsApplied = nil
    await session.close()
    for session in endpointSessions { await session.resume() }
    await archive.archiver.resume()
    try await postmaster.start(as: role)
  }

  func suspendEndpoints() async { for session in endpointSessions { await session.suspend() } }

  /// Brings postgres down and returns once it is gone.
  func stop(_ plan: ShutdownPlan) async {
    state.update { $0.activity = .stopping }
    await archive.archiver.stop()
    await session.close()
    for session in endpointSessions { await session.suspend() }
    await postmaster.stop(plan)
    state.update { $0.role = nil }
  }

  /// The end of the pod: hands over where there is somebody to take over, and stops postgres within the time it has.
  func terminate() async {
    state.update { $0.isTerminating = true }
    let spec = controlPlane.cluster?.spec ?? ClusterSpec()
    // Whoever deletes a pod may give it less time than the Cluster does.
    let name = environment.instance
    let grace = try? await withDeadline(.milliseconds(300)) { [controlPlane] in
      try await controlPlane.deletionGrace(of: name)
    }
    let limit = min(spec.stopDelay, grace.flatMap { $0 } ?? spec.stopDelay)
    if await postmaster.role == .primary, state.current.activity == .running {
      // Whoever is cancelled still steps down in order: hence a task of its own, waited for.
      await Task { await self.stepDown(within: .seconds(min(10, max(1, limit / 2)))) }.value
    }
    await stop(.onTermination(stopDelay: limit, smartShutdownTimeout: spec.smartShutdownTimeout))
  }

  /// - Parameter limit: after it nobody is waited for: once this instance is gone the others decide by what they have.
  private func stepDown(within limit: Duration) async {
    guard controlPlane.cluster?.status?.instanceNames?.count ?? 1 > 1 else { return }
    failover(.switchover(Switchover(target: nil, patience: nil)))
    let beginning = ContinuousClock.now
    while ContinuousClock.now - beginning < limit {
      switch goal.wish.goal {
      case .handOver, .halt: _ = try? await pass()
      case .lead where ContinuousClock.now - beginning < .milliseconds(500): break
      // Somebody leads; or nobody can take over.
      default: return
      }
      await goal.changed.sleep(atMost: .milliseconds(10))
    }
  }
}

extension InstanceDecision.Record {
  init(_ cluster: Cluster) {
    func name(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
    current = name(cluster.status?.currentPrimary)
    target = name(cluster.status?.targetPrimary)
    isInitialized = Conditions.isTrue(ConditionType.initialized, in: cluster.status?.conditions)
  }

  /// All instances meet the same problem; one of them writes it into the Cluster's conditions.
  func speaksForCluster(_ instance: String) -> Bool { (current ?? target) == instance }
}
