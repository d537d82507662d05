import Backup
import Crypto
import Foundation
import Glibc
import Logging
import Processes
import ServiceLifecycle
import Web

/// The parts of a running instance manager and how they begin and end together.
struct InstanceRuntime: Sendable {
  let environment: InstanceEnvironment
  let controlPlane: any ControlPlane
  let version: String
  let output: LogOutput
  let logger: Logger

  func run() async throws {
    let stores = ObjectStoreConnections(variables: ProcessInfo.processInfo.environment, logger: logger)
    do { try await run(stores) } catch {
      await stores.shutdown()
      throw error
    }
    await stores.shutdown()
  }

  private func run(_ stores: ObjectStoreConnections) async throws {
    async let found = PostgresPrograms(
      directory: environment.programDirectory, log: ProgramLog(output: output, pod: environment.instance))
    try await Blocking.run { try makeDirectories() }
    let identity = try EndpointIdentity(instance: environment.instance)
    let programs = try await found
    logger.info(
      "instance manager starts", metadata: ["postgres": "\(programs.version)", "pid": "\(getpid())"])
    let lastWords = LastWords()
    let pipes = try ServerLogPipes(
      directory: environment.paths.log, pod: environment.instance, output: output, lastWords: lastWords)
    defer { pipes.close() }
    let lock = DataLock(data: environment.paths.data)
    defer { lock.release() }
    let postmaster = Postmaster(
      programs: programs, environment: environment, lock: lock, output: pipes.directOutput, logger: logger)
    let state = InstanceState()
    let statusSession = LocalSession(environment.localParameters(), logger: logger)
    let metricsSession = LocalSession(environment.localParameters(), logger: logger)
    let backups = BackupDesk()
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      group.addTask { await keepServing("metrics") { try await serveMetrics(metricsSession, state) } }
      group.addTask {
        await keepServing("status") { try await serveStatus(programs, state, identity, statusSession, backups) }
      }
      // One manager at a time counts starts and keeps commitments: the lock first.
      guard try await hasLock(lock, state) else { return }
      let goal = ServerGoal()
      let disks = DiskWatch(data: environment.paths.data, walVolume: environment.walVolume, logger: logger)
      let watch = ServerWatch(
        environment: environment, postmaster: postmaster, state: state, disks: disks, logger: logger)
      let loop = try await failoverLoop(goal, state, watch)
      let peers = PeerStreams(
        environment: environment, controlPlane: controlPlane,
        certificates: CertificateFiles(directory: environment.paths.certificates), tls: identity.peerTLS, logger: logger
      ) { loop.post($0) }
      let archive = ArchiveServices(
        environment: environment, controlPlane: controlPlane, goal: goal, state: state,
        connections: stores, logger: logger)
      let controller = InstanceController(
        environment: environment, programs: programs, controlPlane: controlPlane, lock: lock, postmaster: postmaster,
        state: state, endpoints: identity, endpointSessions: [statusSession, metricsSession, watch.session],
        lastWords: lastWords,
        goal: goal, failover: { loop.post($0) }, look: { loop.lookNow.signal() },
        announcement: loop.announcement,
        reportDeath: { await loop.settle(.observed(await watch.observe())) }, archive: archive, logger: logger)
      let run = BackupRun(
        environment: environment, controlPlane: controlPlane, archive: archive, version: programs.version,
        switchSegment: { try await controller.switchSegment() },
        isTerminating: { state.current.isTerminating }, logger: logger)
      group.addTask {
        await run.removeLeftovers()
        await backups.run { await run.make($0) }
      }
      let changes = Wakeup()
      group.addTask {
        await controlPlane.follow {
          if let cluster = controlPlane.cluster { loop.follow(cluster, peers) }
          changes.signal()
        }
      }
      group.addTask { await controlPlane.followLease { loop.post(.lease($0, isAnswer: false)) } }
      group.addTask { await loop.run(peers) }
      group.addTask {
        while !Task.isCancelled {
          await loop.doorsOpen.sleep(atMost: .seconds(3600))
          await controller.letClientsIn()
        }
      }
      group.addTask { await disks.run() }
      group.addTask { await archive.archiver.run() }
      group.addTask { await keepServing("archive") { try await serveHelper(archive) } }
      group.addTask { await watch.keepKnocking() }
      group.addTask {
        await postmaster.supervise {
          loop.lookNow.signal()
          changes.signal()
        }
      }
      if getpid() == 1 { group.addTask { await OrphanReaper.run() } }
      let settled = Wakeup()
      group.addTask { await noteExecutable(state, settled) }
      do {
        try await control(controller, state, changes, goal) {
          if state.current.activity == .running { settled.signal() }
        }
      } catch {
        await controller.terminate()
        await pipes.drain()
        await output.flush()
        if case InstanceProblem.noSpace = error { throw InstanceFailure.noSpace("\(error)") }
        throw error
      }
      await controller.terminate()
      await pipes.drain()
      logger.info("instance manager ends")
      await output.flush()
    }
  }

  /// Passes of the control loop, after each change and now and then, until the shutdown begins.
  private func control(
    _ controller: InstanceController, _ state: InstanceState, _ changes: Wakeup, _ goal: ServerGoal,
    afterPass: @escaping @Sendable () -> Void
  ) async throws {
    try await cancelWhenGracefulShutdown {
      do {
        while !Task.isCancelled {
          let delay = try await pass(controller, state, until: goal)
          afterPass()
          if let delay { await changes.sleep(atMost: delay, orUntil: goal.changed) }
        }
      } catch is CancellationError {
        // The shutdown found it in the middle of a pass; what is half done is marked as such on disk.
      }
    }
  }

  /// One pass, which is broken off when the failover wishes for something else. Returns nil then. What goes with the wish
  /// that is pursued waits for the next pass: to break a statement off takes longer.
  private func pass(
    _ controller: InstanceController, _ state: InstanceState, until goal: ServerGoal
  ) async throws -> Duration? {
    let wish = goal.wish
    return try await withThrowingTaskGroup(of: Duration?.self) { group in
      group.addTask { try await controller.pass() }
      group.addTask {
        repeat {
          await goal.changed.sleep(atMost: .seconds(86_400))
          // What is copied is what is wished for: the cluster's first primary is copied before it leads.
        } while !Task.isCancelled
          && (!goal.wish.replaces(wish) || goal.wish.asksToFollow(state.current.copiesFrom))
        return nil
      }
      defer { group.cancelAll() }
      let first = try await group.next() ?? nil
      group.cancelAll()
      guard let first else {
        // What was broken off ends in an orderly way.
        while (try? await group.next()) != nil {}
        return nil
      }
      return goal.wish == wish ? first : .zero
    }
  }

  /// Waits for the volume. Returns false where the shutdown began before that.
  private func hasLock(_ lock: DataLock, _ state: InstanceState) async throws -> Bool {
    var isSaid = false
    while try await !lock.acquire() {
      let reason = "Another instance manager or its postgres still has the data; it is about to end."
      state.update { $0.activity = .waiting(reason) }
      if !isSaid { logger.info("waiting", metadata: ["reason": "\(reason)"]) }
      isSaid = true
      let goesOn = await cancelWhenGracefulShutdown { (try? await Task.sleep(for: .milliseconds(250))) != nil }
      guard goesOn else { return false }
    }
    return true
  }

  private func failoverLoop(_ goal: ServerGoal, _ state: InstanceState, _ watch: ServerWatch) async throws
    -> FailoverLoop
  {
    let file = CommitmentFile(data: environment.paths.data, walVolume: environment.walVolume)
    let (contents, isNew) = try await Blocking.run {
      let data = DataDirectory(path: environment.paths.data, walPath: environment.walVolume)
      do { return try file.open(logIsLost: data.giveUp) } catch let error as SystemError where error.code == ENOSPC {
        throw InstanceFailure.noSpace(InstanceProblem.noSpace(environment.paths.data).description)
      }
    }
    logger.info(
      "commitment",
      metadata: [
        "identity": "\(contents.identity.number)", "isNew": "\(isNew)", "commitment": "\(contents.commitment)",
      ])
    return FailoverLoop(
      environment: environment, controlPlane: controlPlane, file: file, contents: contents, goal: goal, state: state,
      watch: watch, logger: logger)
  }

  /// An endpoint that cannot listen says so and tries again: the database goes on without it.
  private func keepServing(_ name: String, _ serve: () async throws -> Void) async {
    while !Task.isCancelled {
      do {
        return try await serve()
      } catch {
        if Task.isCancelled { return }
        logger.error("the \(name) endpoint failed; trying again", metadata: ["error": "\(error)"])
        try? await Task.sleep(for: .seconds(5))
      }
    }
  }

  private func serveStatus(
    _ programs: PostgresPrograms, _ state: InstanceState, _ identity: EndpointIdentity, _ session: LocalSession,
    _ backups: BackupDesk
  ) async throws {
    let endpoints = StatusEndpoints(
      environment: environment, programs: programs, state: state,
      session: session, version: version, backups: backups, logger: logger)
    let server = HTTPServer(
      address: environment.address, port: environment.statusPort, tls: identity.tls, logger: logger
    ) { await endpoints.answer($0) }
    try await server.run()
  }

  private func serveHelper(_ archive: ArchiveServices) async throws {
    try await HelperSocket(path: environment.paths.helperSocket, logger: logger) { await archive.answer($0) }.run()
  }

  private func serveMetrics(_ session: LocalSession, _ state: InstanceState) async throws {
    let endpoint = MetricsEndpoint(cluster: environment.cluster, session: session, state: state)
    let server = HTTPServer(address: environment.address, port: environment.metricsPort, logger: logger) {
      await endpoint.answer($0)
    }
    try await server.run()
  }

  private func makeDirectories() throws {
    let paths = environment.paths
    for directory in [paths.run, paths.certificates, paths.log, paths.temporary] {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
  }

  /// Once there is nothing more urgent: the program is large, and all instances of a cluster begin at the same time.
  private func noteExecutable(_ state: InstanceState, _ settled: Wakeup) async {
    await settled.sleep(atMost: .seconds(3600))
    try? await Task.sleep(for: .seconds(10))
    if Task.isCancelled { return }
    do {
      let hash = try await Self.executableHash()
      state.update { $0.executableHash = hash }
    } catch {
      logger.error("the program's own hash is not known", metadata: ["error": "\(error)"])
    }
  }

  /// SHA-256 of this program, by which the operator tells whether it is the current one. In pieces, with pauses between them:
  /// at once it would take a processor for half a second, perhaps in the middle of a failover.
  private static func executableHash() async throws -> String {
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/exe"))
    defer { try? handle.close() }
    var hash = SHA256()
    while let chunk = try handle.read(upToCount: 1 << 18), !chunk.isEmpty {
      hash.update(data: chunk)
      try await Task.sleep(for: .milliseconds(10))
    }
    return hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
