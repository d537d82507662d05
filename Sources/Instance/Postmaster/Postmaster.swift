import Foundation
import Glibc
import Logging
import Processes

/// Starts, watches and stops the one postgres of this instance.
actor Postmaster {
  private let programs: PostgresPrograms
  private let environment: InstanceEnvironment
  private let logger: Logger
  private let lock: DataLock
  /// Where postgres writes until its logging collector runs.
  private let output: Int32
  private let started: (stream: AsyncStream<ChildProcess>, continuation: AsyncStream<ChildProcess>.Continuation)
  private var child: ChildProcess?
  private(set) var role: InstanceRole?
  /// How it ended when nobody had asked it to; nil while it runs, and after an intended stop.
  private(set) var unexpectedExit: ExitStatus?
  private var isStopping = false
  /// Which of its starts this is.
  private(set) var run = 0

  init(programs: PostgresPrograms, environment: InstanceEnvironment, lock: DataLock, output: Int32, logger: Logger) {
    self.lock = lock
    self.programs = programs
    self.environment = environment
    self.output = output
    self.logger = logger
    started = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  var isRunning: Bool { child != nil }

  /// The same, once.
  func takeUnexpectedExit() -> ExitStatus? {
    defer { unexpectedExit = nil }
    return unexpectedExit
  }

  /// Starts postgres and returns at once; it accepts connections some time later.
  func start(as role: InstanceRole) throws {
    guard child == nil else { return }
    guard let lock = lock.descriptor else { throw InstanceProblem.postgresDidNotStart("its data are not locked") }
    removeStaleLocks()
    var variables = ProcessInfo.processInfo.environment
    // libpq inside postgres (walreceiver, extensions) must not be led by the settings for psql.
    for name in ["PGHOST", "PGPORT", "PGDATA", "PGUSER"] { variables[name] = nil }
    // Where the walreceiver finds whom to follow.
    variables["PGSERVICEFILE"] = environment.paths.leaderFile
    let child = try ChildProcess.start(
      ProcessSpecification(
        executable: programs.path("postgres"),
        // Given here, no configuration file and no ALTER SYSTEM can change it: never a wildcard.
        arguments: ["-D", environment.paths.data, "-c", "listen_addresses=\(environment.address)"],
        environment: variables, workingDirectory: "/", input: .null, output: .descriptor(output),
        errorOutput: .descriptor(output), newSession: true,
        inheritedDescriptors: [(from: lock, to: DataLock.inheritedDescriptor)]))
    self.child = child
    self.role = role
    run += 1
    unexpectedExit = nil
    logger.info("postgres started", metadata: ["pid": "\(child.id)", "role": "\(role.rawValue)"])
    started.continuation.yield(child)
  }

  /// The number that a postgres which was killed has left in its lock files may by now be another process's, or a thread's,
  /// which would keep postgres and pg_rewind from starting. None is left from before: whoever has the data's lock is known.
  func removeStaleLocks() {
    guard child == nil, lock.descriptor != nil, lock.otherHolders().isEmpty else { return }
    unlink("\(environment.paths.data)/postmaster.pid")
    unlink("\(environment.paths.run)/.s.PGSQL.\(environment.port).lock")
  }

  /// Follows each postgres to its end; runs until cancelled. `ended` is called after each.
  func supervise(ended: @Sendable () -> Void) async {
    for await child in started.stream {
      let status = await child.wait()
      await endRest()
      record(status, of: child)
      ended()
    }
  }

  /// Stops postgres by the plan's steps, and returns once it is gone.
  func stop(_ plan: ShutdownPlan) async {
    // Whoever is cancelled while stopping postgres still stops it in order: hence a task of its own, waited for.
    await Task { await self.carryOut(plan) }.value
  }

  private func carryOut(_ plan: ShutdownPlan) async {
    guard let child else { return }
    isStopping = true
    for step in plan.steps {
      logger.info("stopping postgres", metadata: ["mode": "\(step.mode.rawValue)", "seconds": "\(step.seconds)"])
      child.send(step.mode.signal)
      if let status = await child.wait(deadline: .seconds(step.seconds)) {
        await endRest()
        return record(status, of: child)
      }
    }
    logger.error("postgres did not stop; killing it", metadata: ["pid": "\(child.id)"])
    child.send(SIGKILL)
    let status = await child.wait()
    await endRest()
    record(status, of: child)
  }

  /// Whatever is left of a postgres whose postmaster has ended is of no use to anybody: it would go by itself, but one that
  /// is stopped or waits for a disk does not notice.
  private func endRest() async {
    let end = ContinuousClock.now + .seconds(5)
    while ContinuousClock.now < end {
      let rest = lock.otherHolders()
      if rest.isEmpty { return }
      for process in rest { kill(process, SIGKILL) }
      try? await Task.sleep(for: .milliseconds(2))
    }
    logger.error("processes of the postgres that ended do not end")
  }

  /// Whether postgres says that it takes connections: the eighth line of postmaster.pid, which pg_ctl reads too. Unlike
  /// an attempt to connect it leaves no trace in the log.
  /// The first line tells whether it speaks for this postgres or for one that crashed.
  func isReady() -> Bool {
    guard let child,
      let text = try? String(contentsOfFile: "\(environment.paths.data)/postmaster.pid", encoding: .utf8)
    else { return false }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.count > 7 && lines[0] == "\(child.id)" && lines[7].hasPrefix("ready")
  }

  func reload() { child?.send(SIGHUP) }

  /// The standby that runs has become a primary.
  func notePromotion() { if child != nil { role = .primary } }

  /// Sends a signal to the postmaster, which goes on running or ends by itself.
  func send(_ mode: ShutdownMode) {
    isStopping = true
    child?.send(mode.signal)
  }

  private func record(_ status: ExitStatus, of ended: ChildProcess) {
    guard child === ended else { return }
    child = nil
    role = nil
    defer { isStopping = false }
    if isStopping {
      logger.info("postgres stopped")
    } else {
      unexpectedExit = status
      logger.error("postgres ended unexpectedly", metadata: ["status": "\(status)"])
    }
  }
}
