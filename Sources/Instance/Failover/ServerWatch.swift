import Failover
import Foundation
import Logging
import PostgreSQL

/// Looks at postgres for the failover: over a session of its own that was opened before any client's, so that it answers
/// even when they have taken all connections.
actor ServerWatch {
  private let environment: InstanceEnvironment
  private let postmaster: Postmaster
  private let state: InstanceState
  /// Closed with the others when postgres is to stop.
  nonisolated let session: LocalSession
  private let disks: DiskWatch
  private let logger: Logger
  /// As a primary: which run of postgres was seen, and where it had got to when it was first seen to write.
  private var opening: (run: Int, lsn: LSN)?
  /// As a standby: the furthest that this run of postgres was seen to have.
  private var furthest: (run: Int, position: Position)?
  private var logTimeline: LogTimeline
  private var answeredAt = ContinuousClock.now
  /// How often in a row nobody answered a new connection.
  private var unansweredKnocks = 0

  /// Busy is not dead: so long it may take to answer.
  private static let patience = Duration.seconds(4)

  init(
    environment: InstanceEnvironment, postmaster: Postmaster, state: InstanceState, disks: DiskWatch, logger: Logger
  ) {
    self.environment = environment
    self.postmaster = postmaster
    self.state = state
    self.disks = disks
    self.logger = logger
    logTimeline = LogTimeline(directory: "\(environment.paths.data)/pg_wal")
    session = LocalSession(environment.localParameters(), logger: logger)
  }

  func observe() async -> Observation {
    let current = state.current
    let hasRoom = disks.hasRoom
    var observation = Observation(
      goal: current.reachedGoal, isComplete: current.isComplete,
      ailment: disks.hangs ? .diskHangs : hasRoom ? nil : .diskFull,
      obstacle: current.isTerminating ? .terminating : current.obstacle ?? (hasRoom ? nil : .noRoom),
      trouble: current.trouble)
    if let end = current.shutdownEnd {
      observation.server = .shutDown(end)
      return observation
    }
    guard await postmaster.isRunning else {
      await session.close()
      answeredAt = .now
      unansweredKnocks = 0
      observation.server = await isDead(current) ? .down(end: nil) : .busy
      return observation
    }
    let run = await postmaster.run
    do {
      observation.server = .busy
      try await look(run, &observation)
      answeredAt = .now
    } catch {
      logger.debug("postgres does not answer the watch", metadata: ["error": "\(error)"])
    }
    // While it starts or recovers it may be silent.
    if current.activity != .running { answeredAt = .now }
    if ContinuousClock.now - answeredAt > Self.patience || unansweredKnocks > 1 { observation.ailment = .postgresHangs }
    return observation
  }

  /// The session goes on answering though the postmaster is stopped, so it is knocked at as well. One that has no room for
  /// another client has answered.
  func keepKnocking() async {
    while !Task.isCancelled {
      let current = state.current
      if current.activity == .running, current.role == .primary {
        let answer = await ServerPing.knock(environment.localParameters())
        unansweredKnocks = answer == .noResponse ? unansweredKnocks + 1 : 0
      } else {
        unansweredKnocks = 0
      }
      try? await Task.sleep(for: .seconds(2))
    }
  }

  /// Whether nobody is about to start it again: it ended by itself while it served, or again and again, or it rests. One that
  /// is restarted on purpose is not dead (rule 2).
  private func isDead(_ current: InstanceState.Values) async -> Bool {
    if case .waiting = current.activity { return true }
    return await postmaster.unexpectedExit != nil && (current.activity == .running || current.crashes > 1)
  }

  private static let question = """
    SELECT pg_is_in_recovery() AS recovering,
      CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
        ELSE pg_current_wal_flush_lsn() END AS position,
      CASE WHEN NOT pg_is_in_recovery()
        THEN ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int END AS timeline,
      pg_size_bytes(current_setting('wal_segment_size')) AS segment,
      EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'walreceiver') AS receiving,
      coalesce((SELECT status = 'streaming' AND last_msg_receipt_time > clock_timestamp() - interval '1 second'
        FROM pg_stat_wal_receiver), false) AS hears,
      (SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'
        AND state_change < clock_timestamp() - interval '1 second') > 0 AS waiting,
      EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup'
        AND wait_event IN ('RecoveryRetrieveRetryInterval', 'RecoveryWalStream')) AS at_end
    """

  private func look(_ run: Int, _ observation: inout Observation) async throws {
    let row = try await session.queryPrepared(Self.question, deadline: .seconds(2)).rows.first
    guard let row, let lsn = try row.optional("position", as: LSN.self),
      let size = WALSegmentSize(bytes: UInt64(try row.value("segment", as: Int.self))),
      let timeline = try row.optional("timeline", as: TimelineID.self)
        ?? logTimeline.timeline(at: lsn, segmentSize: size)
    else { return }
    let position = Position(timeline, lsn)
    if try row.value("recovering", as: Bool.self) {
      let isReceiving = try row.value("receiving", as: Bool.self)
      observation.hearsStream = try row.value("hears", as: Bool.self)
      // A new stream begins at the start of a segment again: what was there before is there still.
      if let furthest, furthest.run == run {
        self.furthest = (run, max(furthest.position, position))
      } else {
        furthest = (run, position)
      }
      // Without a stream the end is known when everything there is has been replayed.
      let isKnown = try isReceiving || row.value("at_end", as: Bool.self)
      if isKnown, let furthest { observation.server = .standby(furthest.position, isReceiving: isReceiving) }
      return
    }
    if opening?.run != run { opening = (run, lsn) }
    observation.server = .primary(position, opening: opening?.lsn ?? lsn)
    observation.commitsWait = try row.value("waiting", as: Bool.self)
    let standbys = try await session.queryPrepared(
      "SELECT application_name, max(flush_lsn) AS flushed FROM pg_stat_replication WHERE state = 'streaming' GROUP BY 1",
      deadline: .seconds(2))
    for row in standbys.rows {
      if let name = row["application_name"], let lsn = try row.optional("flushed", as: LSN.self) {
        observation.confirmed[name] = lsn
      }
    }
  }
}
