import ClusterAPI
import Failover
import Foundation
import Glibc
import PostgreSQL
import Processes

/// Bringing postgres where the failover wants it.
extension InstanceController {
  func pursue(
    _ goal: Goal, _ wish: ServerGoal.Wish, isStandby: Bool, _ cluster: Cluster, _ data: DataDirectory
  ) async throws -> Duration {
    if pursuit?.goal != wish.number { pursuit = (wish.number, .now) }
    switch goal {
    case .rest, .halt:
      if await postmaster.isRunning { await stop(goal == .halt ? .immediate : .fast(seconds: 30)) }
      state.update { $0.activity = .waiting("not the time to run") }
      reached(wish)
      return .seconds(30)
    case .handOver: return try await handOver(wish, cluster, data)
    case .lead(let timeline, _): return try await lead(timeline, wish, isStandby: isStandby, cluster, data)
    case .follow(let leader, let term, let name):
      return try await follow(leader.name, term, as: name, wish, isStandby: isStandby, cluster, data)
    case .detach:
      try await followNobody()
      return try await runAsStandby(wish, isStandby: isStandby, cluster, data)
    case .catchUp(let source, _):
      try await stream(from: source.name, as: StreamName.uncounted(environment.instance))
      return try await runAsStandby(wish, isStandby: isStandby, cluster, data)
    }
  }

  private func runAsStandby(
    _ wish: ServerGoal.Wish, isStandby: Bool, _ cluster: Cluster, _ data: DataDirectory
  ) async throws -> Duration {
    if await postmaster.role == .primary { await stop(.immediate) }
    if !isStandby { try await data.writeStandbySignal() }
    if await postmaster.isRunning, state.current.activity == .running { reached(wish) }
    return try await run(as: .standby, wish, cluster, data)
  }

  // MARK: Following

  private func follow(
    _ leader: String, _ term: Term, as name: String, _ wish: ServerGoal.Wish, isStandby: Bool, _ cluster: Cluster,
    _ data: DataDirectory
  ) async throws -> Duration {
    if await postmaster.role == .primary {
      // Somebody else leads: what this one still accepts would be lost.
      await stop(.immediate)
    }
    guard isStandby, !mustRewind else {
      if await postmaster.isRunning { await stop(.fast(seconds: 30)) }
      if let left = Self.timeForClients(since: pursuit?.since) {
        await say("\(leader) has just begun to lead: first come its clients.")
        return left
      }
      try await rewind(cluster, data)
      mustRewind = false
      rewoundFor = term
      return .zero
    }
    try await stream(from: leader, as: name)
    return try await runAsStandby(wish, isStandby: true, cluster, data)
  }

  private var leaderFile: LeaderFile { LeaderFile(path: environment.paths.leaderFile) }

  /// The walreceiver connects to this instance, and under this name, from now on.
  private func stream(from leader: String, as name: String) async throws {
    let address = try? await controlPlane.podAddress(leader)
    // Without an answer of the API server the last address is the best there is.
    guard let address else { return }
    let isNews = try leaderFile.write(address: address, applicationName: name)
    // One that starts now goes by the new file.
    hasOldWALReceiver = await postmaster.isRunning && (hasOldWALReceiver || isNews)
    // One that lets nobody in yet has no session to be asked over. It gets no further than an old leader's log, and who has
    // none any more is left in seconds (wal_receiver_timeout).
    if hasOldWALReceiver, state.current.activity == .running {
      let old = try await endWALReceivers()
      hasOldWALReceiver = false
      try await wakeStartupProcess(after: old)
      logger.info("following", metadata: ["leader": "\(leader)", "address": "\(address)", "as": "\(name)"])
    }
  }

  /// Nobody is followed from when this returns: no connection can be made any more, and those there were are gone.
  private func followNobody() async throws {
    _ = try leaderFile.write(address: nil, applicationName: "")
    guard await postmaster.isRunning, state.current.activity == .running else { return }
    let end = ContinuousClock.now + .seconds(10)
    while try await !endWALReceivers().isEmpty {
      if ContinuousClock.now > end { throw PostgreSQLError.notConnected("a walreceiver does not end") }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// By signal: `pg_terminate_backend` knows no walreceivers. The process is a child of our child, and there may have been
  /// an end of it in between, but no other process of that number so soon.
  ///
  /// - Returns: those there were.
  private func endWALReceivers() async throws -> [Int] {
    let rows = try await session.queryPrepared(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walreceiver'", deadline: .seconds(2)
    ).rows
    let processes = try rows.map { try $0.value("pid", as: Int.self) }
    for process in processes { kill(pid_t(process), SIGTERM) }
    return processes
  }

  /// The startup process, which waits between two attempts to stream, tries at once when the old walreceiver is gone: SIGHUP
  /// sets its latch.
  private func wakeStartupProcess(after old: [Int]) async throws {
    let end = ContinuousClock.now + .milliseconds(200)
    while ContinuousClock.now < end {
      let row = try await session.queryPrepared(
        """
        SELECT (SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup') AS startup,
          (SELECT pid FROM pg_stat_activity WHERE backend_type = 'walreceiver') AS receiver
        """, deadline: .seconds(2)
      ).rows.first
      let receiver = try row?.optional("receiver", as: Int.self)
      if let receiver, old.contains(receiver) {
        try await Task.sleep(for: .milliseconds(5))
        continue
      }
      if receiver == nil, let startup = try row?.optional("startup", as: Int.self) { kill(pid_t(startup), SIGHUP) }
      return
    }
  }

  // MARK: Leading

  private func lead(
    _ timeline: TimelineID, _ wish: ServerGoal.Wish, isStandby: Bool, _ cluster: Cluster, _ data: DataDirectory
  ) async throws -> Duration {
    switch await postmaster.role {
    case .primary: return try await run(as: .primary, wish, cluster, data)
    case .standby:
      guard await postmaster.isReady() else { return .milliseconds(10) }
      try await promote(to: timeline, wish, cluster, data)
      return .zero
    case nil:
      let control = try await programs.controlData(of: data.path)
      if control.dataTimeline == timeline {
        // It leads on as it did, though it may have waited for others to take over meanwhile.
        if isStandby { try await data.removeStandbySignal() }
        return try await run(as: .primary, wish, cluster, data)
      }
      _ = try leaderFile.write(address: nil, applicationName: "")
      // Nobody else writes this timeline, and this instance has told nobody of it: its own control file does not know it yet.
      if timeline > control.dataTimeline { try await Blocking.run { try data.removeLog(of: timeline) } }
      if !isStandby { try await data.writeStandbySignal() }
      return try await run(as: .standby, wish, cluster, data)
    }
  }

  /// Onto the timeline of the Lease and no other (rule 6): PostgreSQL takes the first number for which it finds no history
  /// file, so that one that has to be skipped gets an empty one.
  private func promote(
    to timeline: TimelineID, _ wish: ServerGoal.Wish, _ cluster: Cluster, _ data: DataDirectory
  ) async throws {
    try await followNobody()
    await stopFetching()
    _ = try await writeConfiguration(cluster, role: .primary)
    if needsReload { _ = try await reload() }
    if case .lead(_, let requirement) = wish.goal { try await assureThatBackendsWait(requirement) }
    try await closeSessionsOfClients()
    // Standbys ask for all numbers between theirs and its own, and one that was copied has only what it came from.
    for number in 2..<max(timeline.number, 2) {
      let path = "\(data.path)/pg_wal/\(TimelineID(number).historyFileName)"
      if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
    }
    // Others have written to the archive.
    try await Blocking.run { try NewArchiveMark(data: data.path).remove() }
    if cluster.archiveStore != nil { try await remarkUnarchivedFiles(data) }
    logger.info("promoting", metadata: ["timeline": "\(timeline)"])
    try await session.query("SELECT pg_promote(false) WHERE pg_is_in_recovery()")
    let end = ContinuousClock.now + .seconds(60)
    while try await session.query("SELECT pg_is_in_recovery()").scalar(as: Bool.self) {
      if ContinuousClock.now > end { throw InstanceProblem.postgresDidNotStart("it was not promoted within 60 s") }
      try await Task.sleep(for: .milliseconds(3))
    }
    // It has closed its doors before it was promoted, so the services may turn to it.
    announcement.isPromoted()
    await postmaster.notePromotion()
    promotedAt = .now
    owesCheckpoint = true
    hasEnsuredRoles = false
    extensionsApplied = nil
    state.update { $0.role = .primary }
    reached(wish)
    look()
    logger.info("promoted", metadata: ["timeline": "\(timeline)"])
  }

  private func remarkUnarchivedFiles(_ data: DataDirectory) async throws {
    let row = try await session.query(
      """
      SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS position,
        pg_size_bytes(current_setting('wal_segment_size')) AS segment
      """
    ).rows.first
    guard let row, let size = WALSegmentSize(bytes: UInt64(try row.value("segment", as: Int.self))) else { return }
    let end = try row.value("position", as: LSN.self)
    try await Blocking.run { try UnarchivedFiles(data: data.path).remark(end: end, segmentSize: size) }
  }

  /// Who is connected as a client is cut off. The instance manager's own sessions go through the socket, and a former primary
  /// that is rewound reads as the standbys' role: cut off, it would have to be copied anew.
  private func closeSessionsOfClients() async throws {
    try await session.query(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND usename IS DISTINCT FROM 'streaming_replica'
        AND NOT (client_addr IS NULL AND usename = 'postgres')
      """)
  }

  /// Rule 7: no client before enough members have confirmed; the rules of authentication were written accordingly.
  func keepDoors(_ wish: ServerGoal.Wish) async throws {
    if !wish.doorsAreOpen { try await closeSessionsOfClients() }
  }

  // MARK: Synchronous standbys

  /// Says when every walsender counts by what the goal asks for.
  func assureRequirement(_ wish: ServerGoal.Wish) async throws {
    guard case .lead(_, let requirement) = wish.goal else { return }
    let run = await postmaster.run
    if requirementInForce?.run == run, requirementInForce?.requirement == requirement { return }
    try await waitForWALSenders(requirement)
    try await assureThatBackendsWait(requirement)
    let position = try await session.query("SELECT pg_current_wal_insert_lsn()").scalar(as: LSN.self)
    requirementInForce = (run, requirement)
    failover(.requirementInForce(requirement, position: position))
  }

  /// Backends ask shared memory whether they have to wait for standbys at all. The checkpointer puts that there when it has
  /// read the list, at the latest before the checkpoint that it is asked for here (src/backend/replication/syncrep.c).
  func assureThatBackendsWait(_ requirement: StandbyRequirement) async throws {
    let run = await postmaster.run
    guard requirement.number > 0, backendsWaitInRun != run else { return }
    try await session.query("CHECKPOINT", deadline: .seconds(600))
    backendsWaitInRun = run
  }

  /// A walsender shows by its priority which list it has read.
  private func waitForWALSenders(_ requirement: StandbyRequirement) async throws {
    let end = ContinuousClock.now + .seconds(5)
    while ContinuousClock.now < end {
      let rows = try await session.query(
        "SELECT application_name, sync_priority FROM pg_stat_replication WHERE state IN ('streaming', 'catchup')"
      ).rows
      let isSeen = try rows.allSatisfy { row in
        let index = requirement.number > 0 ? requirement.names.firstIndex(of: row["application_name"] ?? "") : nil
        return try (row.value("sync_priority", as: Int.self) == 0) == (index == nil)
      }
      if isSeen { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    // To go on would be to say what was not seen.
    throw PostgreSQLError.notConnected("a walsender has not read synchronous_standby_names yet")
  }

  // MARK: Handing over

  /// Rule 12: checkpoint first, so that the pause is short; then nobody is let in any more, and the standbys get all there
  /// is up to the shutdown record.
  private func handOver(_ wish: ServerGoal.Wish, _ cluster: Cluster, _ data: DataDirectory) async throws -> Duration {
    guard await postmaster.role == .primary else {
      // Nobody can take over from what ended on the way: that it is down, and not about to be started, has to be seen.
      if state.current.shutdownEnd == nil {
        state.update { $0.activity = .waiting("ended before its shutdown record was written") }
      }
      reached(wish)
      look()
      return .milliseconds(50)
    }
    // Asked for now: once clients wait there is no time for a program.
    let segmentSize = try await programs.controlData(of: data.path).segmentSize
    if state.current.activity == .running {
      reached(wish)
      try await session.query("CHECKPOINT", deadline: .seconds(600))
      // The long part is over. Whoever connects from now on waits for the next primary; who is connected goes on until then.
      announcement.stopsServing()
      do { try await fillSegment() } catch let error as PostgreSQLError {
        // Then the pause is longer; to hand over matters more.
        logger.warning("the segment is not filled before the hand-over", metadata: ["error": "\(error)"])
      }
      logger.info("stopping postgres to hand over")
      state.update { $0.activity = .stopping }
      await archive.archiver.stop()
      await session.close()
      await suspendEndpoints()
      await postmaster.send(.fast)
    }
    if state.current.shutdownEnd == nil {
      let end = ContinuousClock.now + .seconds(cluster.spec.switchoverDelay)
      while await postmaster.isRunning, ControlData.shutdownCheckpoint(inDirectory: data.path) == nil {
        if ContinuousClock.now > end {
          await stop(.immediate)
          break
        }
        try await Task.sleep(for: .milliseconds(2))
      }
      if let checkpoint = ControlData.shutdownCheckpoint(inDirectory: data.path) {
        let end = try Self.endOfRecord(at: checkpoint.lsn, on: checkpoint.timeline, segmentSize, data)
        state.update { $0.shutdownEnd = end }
      }
    }
    look()
    return .milliseconds(50)
  }

  /// A server that archives ends the current segment of its log when it shuts down (`ShutdownXLOG`), and each standby gets
  /// the rest of it, up to 16 MB of nothing, while everybody waits. So it is filled beforehand, all but a little; the
  /// checkpoint then makes the next segment, too (`PreallocXlogFiles`). Segments beyond 64 MB are left as they are.
  private func fillSegment() async throws {
    let filled = try await session.query(
      """
      SELECT pg_logical_emit_message(false, 'matriarch', repeat(' ', rest::int)) AS position
      FROM (SELECT size - size / 16 - (pg_current_wal_insert_lsn() - '0/0') % size AS rest
        FROM (SELECT pg_size_bytes(current_setting('wal_segment_size')) AS size) AS segment) AS room
      WHERE rest BETWEEN 1 AND 64 * 1024 * 1024 AND current_setting('archive_mode') <> 'off'
      """, deadline: .seconds(10)
    ).rows.first?["position"]
    guard let filled else { return }
    try await session.query("CHECKPOINT", deadline: .seconds(600))
    let end = ContinuousClock.now + .seconds(1)
    while ContinuousClock.now < end {
      let hasWaiting = try await session.query(
        "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn < $1::pg_lsn)", [filled]
      ).scalar(as: Bool.self)
      if !hasWaiting { return }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// The length of a record stands at its beginning (src/include/access/xlogrecord.h).
  private static func endOfRecord(
    at lsn: LSN, on timeline: TimelineID, _ segmentSize: WALSegmentSize, _ data: DataDirectory
  ) throws -> Position {
    let segment = WALSegment(timeline: timeline, containing: lsn, size: segmentSize)
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: "\(data.path)/pg_wal/\(segment.fileName)"))
    defer { try? handle.close() }
    try handle.seek(toOffset: lsn.byte - segment.start.byte)
    let bytes = try handle.read(upToCount: 4) ?? Data()
    guard bytes.count == 4 else { throw InstanceProblem.unsupported("\(segment.fileName) ends early") }
    let length = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return Position(timeline, lsn.recordEnd(length: length, segmentSize: segmentSize))
  }
}
