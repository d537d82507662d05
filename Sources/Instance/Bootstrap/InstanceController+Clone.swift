import ClusterAPI
import Foundation
import Kubernetes
import PostgreSQL
import Processes

extension InstanceController {
  /// How this instance reaches the primary to copy from it: its pod, where the address is known, then the service, which
  /// leads nowhere as long as the primary's readiness has not been noticed. TLS tells whether the right server answers.
  func sourceConnection(_ cluster: Cluster) async -> ConnectionString {
    guard let primary = leaderName(cluster) else {
      return OverrideConfiguration.primaryConnection(environment, applicationName: "\(environment.instance)-join")
    }
    return await sourceConnection(to: primary, orService: true)
  }

  /// Whom this instance follows; before anybody is known to lead, whom the Cluster's status names.
  func leaderName(_ cluster: Cluster) -> String? {
    if case .follow(let leader, _, _) = goal.wish.goal { leader.name } else { cluster.status?.currentPrimary }
  }

  private func sourceConnection(to source: String, orService: Bool) async -> ConnectionString {
    var connection = OverrideConfiguration.primaryConnection(
      environment, applicationName: "\(environment.instance)-join")
    if let address = try? await controlPlane.podAddress(source) {
      connection["host"] = orService ? "\(address),\(connection["host"] ?? "")" : address
    }
    connection["connect_timeout"] = "5"
    // A long copy must not be cut off because the walsender waits for a slow reader.
    connection["options"] = "-c wal_sender_timeout=0s"
    return connection
  }

  /// Copies the data of the primary into the empty directory, streaming what is written meanwhile.
  ///
  /// The cluster's first primary is copied while its data are still being made. Such a copy stays marked as incomplete
  /// until that instance is recorded as the primary, and only if the data it leads with are those that were copied.
  ///
  /// - Returns: after how long to look again.
  func clone(_ cluster: Cluster, _ data: DataDirectory, from source: String) async throws -> Duration {
    if await postmaster.isRunning { await stop(.immediate) }
    let isFirst = cluster.status?.currentPrimary == nil
    let connection = await sourceConnection(to: source, orService: !isFirst)
    if copied?.source != source {
      copied = nil
      do {
        try await copy(cluster, data, source, connection)
      } catch let error as PostgreSQLError where isFirst {
        await say("Waiting for \(source) to initialize the cluster.")
        logger.debug("it cannot be copied yet", metadata: ["error": "\(error)"])
        return .milliseconds(50)
      }
    }
    guard goal.wish.asksToFollow(source), let copied else {
      await say("The data of \(source) are copied; it has not finished making them.")
      return .seconds(10)
    }
    let theirs = try await withPrimary(connection, systemIdentifier)
    self.copied = nil
    guard theirs == copied.system.description else { return .zero }
    try await data.noteCatchingUp()
    try await data.finish()
    logger.info("the data are copied")
    return .zero
  }

  private func copy(
    _ cluster: Cluster, _ data: DataDirectory, _ source: String, _ connection: ConnectionString
  ) async throws {
    let slot = try await prepareSlot(cluster, connection)
    state.update {
      $0.activity = .cloning
      $0.copiesFrom = source
    }
    defer { state.update { $0.copiesFrom = nil } }
    logger.info("copying the primary's data", metadata: ["primary": "\(source)"])
    if let kept = try await data.begin(.clone) {
      controlPlane.record(
        .warning, reason: "DataKept",
        message:
          "Instance \(environment.instance): Its data could not be rewound and are copied from \(source). What was there is "
          + "kept at \(kept) until its volume needs the room; delete it when nobody needs it.")
    }
    // What had to be rewound is gone.
    mustRewind = false
    var arguments = ["-D", data.path, "-v", "-w", "-d", connection.text, "-X", "stream", "-c", "fast", "--no-sync"]
    if let wal = data.walPath { arguments += ["--waldir", wal] }
    if let slot { arguments += ["--slot", slot] }
    // A dead connection ends it (tcp_user_timeout); how long a copy takes depends on the database.
    try await programs.run("pg_basebackup", arguments, deadline: .seconds(7 * 86_400), isLogged: true)
    try await data.writeStandbySignal()
    try await data.makeDurable()
    copied = (source, try await programs.controlData(of: data.path).systemIdentifier)
  }

  /// Has the segment archived that is being written: on the primary, wherever that is.
  func switchSegment() async throws {
    guard let cluster = controlPlane.cluster, state.current.role != .primary else {
      try await session.query("SELECT pg_switch_wal()")
      return
    }
    try await withPrimary(await sourceConnection(cluster)) { _ = try await $0.query("SELECT pg_switch_wal()") }
  }

  private func systemIdentifier(_ connection: Connection) async throws -> String {
    try await connection.query("SELECT system_identifier FROM pg_control_system()").scalar(as: String.self)
  }

  /// Waits for nobody: throws when the primary does not answer yet. The slot keeps the write-ahead log from the copy's
  /// beginning until this instance streams.
  private func prepareSlot(_ cluster: Cluster, _ source: ConnectionString) async throws -> String? {
    try await withPrimary(source) { connection in
      guard let slot = cluster.highAvailabilitySlot(of: environment.instance) else { return nil }
      try await connection.query(
        """
        SELECT pg_create_physical_replication_slot($1, true)
        WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)
        """, [slot])
      return slot
    }
  }

  /// Takes back what this former primary wrote and the others do not have, so that it can follow.
  ///
  /// A short ladder: rewind; if that fails twice, the mark stays and the next pass copies everything anew.
  func rewind(_ cluster: Cluster, _ data: DataDirectory) async throws {
    let source = await sourceConnection(cluster)
    let control = try await programs.controlData(of: data.path)
    let own = control.systemIdentifier
    let theirs = try await withPrimary(source, systemIdentifier)
    guard theirs == own.description else {
      throw InstanceProblem.unsupported(
        "\(data.path) belongs to another database cluster (system identifier \(own), the primary's is \(theirs)). "
          + "Nothing is deleted: move the data elsewhere, and the instance is built anew.")
    }
    let history = try await primaryHistory(cluster)
    try await withPrimary(source) { connection in
      let known = try await connection.query("SELECT timeline_id FROM pg_control_checkpoint()")
        .scalar(as: TimelineID.self)
      // pg_rewind would find both on one timeline, and nothing to do.
      guard known == history.timeline else {
        throw PostgreSQLError.notConnected("the primary has not finished a checkpoint on its timeline yet")
      }
    }
    let leader = leaderName(cluster)
    // Broken off half-way it would have to be copied anew: only another leader is a reason.
    state.update {
      $0.activity = .rewinding
      $0.copiesFrom = leader
    }
    defer { state.update { $0.copiesFrom = nil } }
    logger.info("rewinding to the primary's history")
    await postmaster.removeStaleLocks()
    // pg_rewind overwrites it, but it is read-only where ALTER SYSTEM is switched off.
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: "\(data.path)/postgresql.auto.conf")
    try await data.begin(.rewind)
    // A standby that crashed is recovered first, by pg_rewind and in single-user mode, which knows no standbys.
    try await data.removeStandbySignal()
    for attempt in 1...2 {
      do {
        try await programs.run(
          "pg_rewind", ["--source-server", source.text, "--target-pgdata", data.path, "--progress"],
          deadline: .seconds(86_400), isLogged: true)
        break
      } catch let problem as InstanceProblem where attempt == 1 {
        logger.warning("rewinding failed; once more in a second", metadata: ["error": "\(problem)"])
        try await Task.sleep(for: .seconds(1))
      }
    }
    try await Blocking.run { try data.removeLog(beyond: history, segmentSize: control.segmentSize) }
    try await data.writeStandbySignal()
    try await data.makeDurable()
    try await data.noteCatchingUp()
    try await data.finish()
  }

  /// A session on the primary. One that is still being promoted is not it: copied or rewound from it, this instance
  /// would have a history that goes no further.
  func withPrimary<Result: Sendable>(
    _ source: ConnectionString, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    let keywords = Dictionary(source.parameters.map { ($0.keyword, $0.value) }, uniquingKeysWith: { $1 })
    return try await Connection.with(
      ConnectionParameters(keywords), deadline: .seconds(10), logger: logger
    ) { connection in
      if try await connection.query("SELECT pg_is_in_recovery()").scalar() {
        throw PostgreSQLError.notConnected("the server that is to be the primary is still a standby")
      }
      return try await body(connection)
    }
  }
}
