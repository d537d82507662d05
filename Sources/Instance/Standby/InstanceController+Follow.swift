import ClusterAPI
import Failover
import PostgreSQL
import Processes

extension InstanceController {
  /// What a standby looks at in each pass: whether it can follow the primary at all.
  ///
  /// While it streams, it can. When it has not streamed for a while, the primary is asked for its history; where that
  /// does not contain what this instance has, waiting would never end: it is rewound, or else copied anew.
  ///
  /// - Returns: after how long to look again.
  func follow(_ cluster: Cluster, _ data: DataDirectory) async throws -> Duration {
    let row = try await session.query(
      """
      SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS streaming,
        pg_last_wal_replay_lsn() AS position, pg_size_bytes(current_setting('wal_segment_size')) AS segment
      """
    ).rows.first
    guard let row, try !row.value("streaming", as: Bool.self) else {
      notStreamingSince = nil
      await stopFetching()
      do { try await copySlots(cluster) } catch let error as PostgreSQLError {
        // It is a standby like any other meanwhile.
        logger.warning("the primary's replication slots are not copied", metadata: ["error": "\(error)"])
      }
      return .seconds(min(10, cluster.spec.replicationSlots?.updateInterval ?? 10))
    }
    let since = notStreamingSince ?? .now
    notStreamingSince = since
    guard ContinuousClock.now - since > .seconds(5) else { return .seconds(2) }
    let position = try row.value("position", as: LSN.self)
    var log = LogTimeline(directory: "\(data.path)/pg_wal")
    guard let size = WALSegmentSize(bytes: UInt64(try row.value("segment", as: Int.self))),
      let timeline = try log.timeline(at: position, segmentSize: size)
    else { return .seconds(2) }
    let history = try await primaryHistory(cluster)
    if history.leads(from: timeline, position) {
      guard try await hasRemoved([timeline, history.timeline], from: position, cluster) else { return .seconds(5) }
      if try await fetch(WALSegment(timeline: timeline, containing: position, size: size), cluster) {
        notStreamingSince = nil
        return .zero
      }
      return try await giveUp(data, from: "\(position)")
    }
    logger.warning(
      "this instance has write-ahead log that is not the primary's",
      metadata: [
        "timeline": "\(timeline)", "position": "\(position)", "primary": "\(cluster.status?.currentPrimary ?? "")",
        "primaryTimeline": "\(history.timeline)",
      ])
    notStreamingSince = nil
    // Should the primary go just now, it is rewound later: postgres would not start with a history that is not its own.
    mustRewind = true
    await stop(.fast(seconds: 30))
    return .zero
  }

  /// It has to replay more than its primary still has before it lets anybody in, so there is nobody to ask how far it has come.
  func goOnWithout(_ file: String, _ cluster: Cluster, _ data: DataDirectory) async throws -> Duration {
    let size = try await programs.controlData(of: data.path).segmentSize
    if let segment = WALSegment(fileName: file, size: size), try await fetch(segment, cluster) {
      // The archive is given as long as the primary was.
      lastWords.forgetMissingFile()
      _ = try await writeConfiguration(cluster, role: .standby)
      await postmaster.reload()
      return .seconds(1)
    }
    return try await giveUp(data, from: file)
  }

  /// It cannot become consistent, for it has log from beyond where its primary's timeline begins.
  func leaveForeignLog(_ term: Term, _ data: DataDirectory) async throws -> Duration {
    logger.warning("this instance has write-ahead log that is not the primary's, and lets nobody in")
    lastWords.forgetForeignLog()
    await stop(.fast(seconds: 30))
    if rewoundFor == term {
      try await Blocking.run { try data.giveUp() }
    } else {
      mustRewind = true
    }
    return .zero
  }

  /// The last rung of the ladder.
  private func giveUp(_ data: DataDirectory, from beginning: String) async throws -> Duration {
    logger.warning("the primary has removed what this standby needs", metadata: ["from": "\(beginning)"])
    controlPlane.record(
      .warning, reason: "CannotCatchUp",
      message:
        "Instance \(environment.instance): The primary has removed the write-ahead log from \(beginning) on, which "
        + "this standby needs: it is copied anew. spec.replicationSlots.highAvailability or a larger wal_keep_size "
        + "keeps that from happening again.")
    notStreamingSince = nil
    await stop(.fast(seconds: 30))
    try await Blocking.run { try data.giveUp() }
    return .zero
  }

  /// The primary may have removed what this standby needs next; then it would wait for ever.
  private func hasRemoved(_ timelines: [TimelineID], from position: LSN, _ cluster: Cluster) async throws -> Bool {
    let size = try await programs.controlData(of: environment.paths.data).segmentSize
    let files = timelines.map { "pg_wal/" + WALSegment(timeline: $0, containing: position, size: size).fileName }
    return try await withPrimary(await sourceConnection(cluster)) { connection in
      // The newest segments may not be there yet.
      try await connection.query(
        """
        SELECT pg_current_wal_lsn() - $1::pg_lsn > $2::numeric
          AND (pg_stat_file($3, true)).size IS NULL AND (pg_stat_file($4, true)).size IS NULL
        """, [position.description, String(size.bytes), files[0], files[1]]
      ).scalar(as: Bool.self)
    }
  }

  func primaryHistory(_ cluster: Cluster) async throws -> TimelineHistory {
    try await withPrimary(await sourceConnection(cluster)) { connection in
      let number = try await connection.query(
        "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline"
      ).scalar(as: TimelineID.self)
      guard number > TimelineID(1) else { return TimelineHistory(timeline: number) }
      let text = try await connection.query(
        "SELECT convert_from(pg_read_binary_file($1), 'UTF8')", ["pg_wal/\(number.historyFileName)"]
      ).scalar(as: String.self)
      guard let history = TimelineHistory(timeline: number, text: text) else {
        throw PostgreSQLError.unexpectedResult("\(number.historyFileName) of the primary cannot be read")
      }
      return history
    }
  }

  /// The next rung of the ladder: what the primary has removed may be in the archive.
  ///
  /// - Returns: whether it is, and is fetched from now on.
  private func fetch(_ segment: WALSegment, _ cluster: Cluster) async throws -> Bool {
    guard let store = cluster.archiveStore, !fetchesFromArchive else { return false }
    do {
      let log = try await archive.archives.archive(of: store, defaultServer: cluster.name)
      guard try await log.contains(WALFileName(segment)) else { return false }
      try await archive.fetcher.begin(
        log, parallel: store.wal?.maxParallel ?? 1, segmentSize: segment.size, isPatient: false)
    } catch {
      logger.warning("the archive cannot be asked", metadata: ["error": "\(error)"])
      return false
    }
    fetchesFromArchive = true
    needsReload = true
    logger.info("taking write-ahead log from the archive", metadata: ["from": "\(segment.fileName)"])
    return true
  }

  /// It streams again, or will lead.
  func stopFetching() async {
    guard fetchesFromArchive else { return }
    fetchesFromArchive = false
    needsReload = true
    await archive.fetcher.end()
  }
}
