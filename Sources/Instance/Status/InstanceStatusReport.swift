import Failover
import Foundation
import Kubernetes
import PostgreSQL

/// The answer of `/pg/status`, under CloudNativePG's keys.
enum InstanceStatusReport {
  /// Asks postgres; without an answer it throws, and the caller answers 500.
  static func make(
    session: LocalSession, state: InstanceState.Values, environment: InstanceEnvironment, version: String
  ) async throws -> JSON {
    var report = base(state, environment, version)
    if state.activity != .running && state.activity != .starting {
      // Down on purpose: the operator must not take that for a failure.
      report["mightBeUnavailable"] = true
      report["mightBeUnavailableMaskedError"] = .string("\(state.activity)")
      return .object(report)
    }
    let row = try await session.query(general, deadline: .seconds(4)).rows.first
    for name in numbers { if let value = row?[name].flatMap({ Int64($0) }) { report[name] = .int(value) } }
    for name in texts { if let value = row?[name] { report[name] = .string(value) } }
    for name in truths { report[name] = .bool(row?[name] == "t") }
    // Without a place to archive to, postgres is merely told that it may forget its files.
    if state.cluster?.archiveStore == nil { report["isArchivingWAL"] = false }
    if row?["isPrimary"] == "t" {
      report["replicationInfo"] = .array(
        try await rows(session, replication).map { named($0, environment.cluster) })
      report["pgStatBasebackupsInfo"] = .array(try await rows(session, baseBackups))
    }
    report["replicationSlotsInfo"] = .array(try await rows(session, slots))
    return .object(report)
  }

  /// People know standbys by their instances' names.
  private static func named(_ row: JSON, _ cluster: String) -> JSON {
    guard case .object(var row) = row, let name = row["applicationName"]?.stringValue,
      let instance = StreamName.instance(of: name, in: cluster)
    else { return row }
    row["applicationName"] = .string(instance)
    return .object(row)
  }

  private static func base(
    _ state: InstanceState.Values, _ environment: InstanceEnvironment, _ version: String
  ) -> [String: JSON] {
    [
      "node": .string(environment.node),
      "pod": ["name": .string(environment.instance), "namespace": .string(environment.namespace)],
      "isPrimary": .bool(state.role == .primary),
      "systemID": .string(state.systemIdentifier.map { "\($0)" } ?? ""),
      "isPgRewindRunning": .bool(state.activity == .rewinding),
      "pendingRestart": .bool(!state.pendingRestart.isEmpty),
      "pendingRestartForDecrease": .bool(state.pendingRestartForDecrease),
      "mightBeUnavailable": false,
      "loadedConfigurationHash": .string(state.loadedConfigurationHash ?? ""),
      "instanceManagerVersion": .string(version),
      "instanceArch": .string(architecture),
      "executableHash": .string(state.executableHash ?? ""),
      "isInstanceManagerUpgrading": false,
      "sessionID": .string(state.sessionID),
      "isPodReady": .bool(state.activity == .running),
    ]
  }

  private static let numbers = ["timeLineID", "readyWalFiles"]
  private static let texts = [
    "currentLsn", "receivedLsn", "replayLsn", "systemID", "lastArchivedWAL", "lastArchivedWALTime", "lastFailedWAL",
    "lastFailedWALTime", "currentWAL",
  ]
  private static let truths = ["isPrimary", "replayPaused", "isWalReceiverActive", "isArchivingWAL"]

  /// One row. `timeLineID` is where WAL is written or received, which the control file learns only at a checkpoint.
  private static let general = """
    SELECT NOT r.yes AS "isPrimary",
      CASE WHEN NOT r.yes THEN pg_current_wal_lsn() END AS "currentLsn",
      CASE WHEN r.yes THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) END AS "receivedLsn",
      CASE WHEN r.yes THEN pg_last_wal_replay_lsn() END AS "replayLsn",
      CASE WHEN r.yes THEN pg_is_wal_replay_paused() ELSE false END AS "replayPaused",
      EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') AS "isWalReceiverActive",
      (SELECT system_identifier FROM pg_control_system()) AS "systemID",
      CASE WHEN r.yes
        THEN greatest((SELECT timeline_id FROM pg_control_checkpoint()),
          (SELECT max(received_tli) FROM pg_stat_wal_receiver))
        ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int
      END AS "timeLineID",
      CASE WHEN NOT r.yes THEN pg_walfile_name(pg_current_wal_lsn()) END AS "currentWAL",
      (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') AS "readyWalFiles",
      a.last_archived_time IS NOT NULL
        AND a.last_archived_time > coalesce(a.last_failed_time, '-infinity') AS "isArchivingWAL",
      a.last_archived_wal AS "lastArchivedWAL", a.last_failed_wal AS "lastFailedWAL",
      to_char(a.last_archived_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "lastArchivedWALTime",
      to_char(a.last_failed_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "lastFailedWALTime"
    FROM (SELECT pg_is_in_recovery() AS yes) r, pg_stat_archiver a
    """

  private static let replication = """
    SELECT application_name AS "applicationName", state, usename AS "usename", client_addr AS "clientAddr",
      to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "backendStart",
      sent_lsn AS "sentLsn", write_lsn AS "writeLsn", flush_lsn AS "flushLsn", replay_lsn AS "replayLsn",
      coalesce(write_lag, '0'::interval) AS "writeLag", coalesce(flush_lag, '0'::interval) AS "flushLag",
      coalesce(replay_lag, '0'::interval) AS "replayLag", sync_state AS "syncState", sync_priority AS "syncPriority"
    FROM pg_stat_replication WHERE usename = 'streaming_replica' ORDER BY application_name
    """

  private static let slots = """
    SELECT slot_name AS "slotName", coalesce(plugin, '') AS plugin, slot_type AS "slotType",
      coalesce(database, '') AS database, active, coalesce(xmin::text, '') AS xmin,
      coalesce(catalog_xmin::text, '') AS "catalogXmin", coalesce(restart_lsn::text, '') AS "restartLsn",
      coalesce(wal_status, '') AS "walStatus", safe_wal_size AS "safeWalSize"
    FROM pg_replication_slots ORDER BY slot_name
    """

  private static let baseBackups = """
    SELECT a.usename AS "usename", a.application_name AS "applicationName",
      to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "backendStart",
      b.phase, coalesce(b.backup_total, 0) AS "backupTotal", b.backup_streamed AS "backupStreamed",
      b.tablespaces_total AS "tablespacesTotal", b.tablespaces_streamed AS "tablespacesStreamed"
    FROM pg_stat_progress_basebackup b JOIN pg_stat_activity a USING (pid) ORDER BY a.application_name
    """

  private static let integers: Set<String> = [
    "syncPriority", "safeWalSize", "backupTotal", "backupStreamed", "tablespacesTotal", "tablespacesStreamed",
  ]

  /// Rows as objects under the names of their columns.
  private static func rows(_ session: LocalSession, _ statement: String) async throws -> [JSON] {
    let result = try await session.query(statement, deadline: .seconds(4))
    return result.rows.map { row in
      var object: [String: JSON] = [:]
      for column in result.columns {
        guard let text = row[column] else { continue }
        if integers.contains(column) {
          object[column] = .int(Int64(text) ?? 0)
        } else if column == "active" {
          object[column] = .bool(text == "t")
        } else {
          object[column] = .string(text)
        }
      }
      return .object(object)
    }
  }

  #if arch(arm64)
    private static let architecture = "arm64"
  #else
    private static let architecture = "amd64"
  #endif
}
