import PostgreSQL

/// The session in which a backup begins and ends (PostgreSQL's manual, "Making a Base Backup Using the Low Level API"). Should
/// it break off, so does the backup.
public struct BackupSession: Sendable {
  private let connection: Connection
  private let version: ServerVersion

  public init(connection: Connection, version: ServerVersion) {
    self.connection = connection
    self.version = version
  }

  /// What postgres says when a backup ends.
  struct Ending: Sendable {
    /// Write-ahead log is needed up to here.
    var stop: LSN
    /// The timeline of that position, where a standby was copied; it may have followed another primary meanwhile.
    var timeline: TimelineID?
    /// The text of `backup_label`.
    var label: String
    /// The text of `tablespace_map`; empty without tablespaces.
    var tablespaceMap: String
  }

  /// Waits for a checkpoint: as long as that takes, which is up to `checkpoint_timeout` where it is not fast.
  ///
  /// - Returns: where replay has to begin.
  func begin(label: String, isFast: Bool) async throws -> LSN {
    if version.major >= 14 { try await connection.execute("SET idle_session_timeout TO 0") }
    try await connection.execute("SET statement_timeout TO 0; SET idle_in_transaction_session_timeout TO 0")
    let function = version.major >= 15 ? "pg_backup_start($1, $2)" : "pg_start_backup($1, $2, false)"
    return try await connection.query(
      "SELECT \(function)", [label, isFast ? "true" : "false"], deadline: .seconds(2 * 3600)
    ).scalar(as: LSN.self)
  }

  /// Does not wait for the archive: that is asked itself.
  func end() async throws -> Ending {
    let function = version.major >= 15 ? "pg_backup_stop(false)" : "pg_stop_backup(false, false)"
    let result = try await connection.query(
      "SELECT *, (SELECT min_recovery_end_timeline FROM pg_control_recovery()) AS timeline FROM \(function)",
      deadline: .seconds(600))
    guard let row = result.rows.first else { throw PostgreSQLError.notConnected("\(function) returned nothing") }
    let timeline = row["timeline"].flatMap { UInt32($0) }.flatMap { $0 > 0 ? TimelineID($0) : nil }
    return Ending(
      stop: try row.value("lsn", as: LSN.self), timeline: timeline, label: row["labelfile"] ?? "",
      tablespaceMap: row["spcmapfile"] ?? "")
  }

  /// What the catalogue keeps of the server.
  struct Facts: Sendable {
    var isStandby: Bool
    /// `server_version_num`.
    var versionNumber: Int
    var systemIdentifier: SystemIdentifier
    var segmentSize: WALSegmentSize
    var hasChecksums: Bool
    /// Bytes of all tablespaces; nil where nobody may know.
    var size: Int64?
    var configurationFile: String
    var hbaFile: String
    var identFile: String
    /// Configuration files that others include.
    var includedFiles: [String]
    /// `on` or `off`; nil before 17.
    var summarizesWAL: String?
    var tablespaces: [BackupInfo.Tablespace]
  }

  func facts() async throws -> Facts {
    let result = try await connection.query(
      """
      SELECT pg_is_in_recovery() AS standby, current_setting('server_version_num') AS version,
        (SELECT system_identifier FROM pg_control_system()) AS system,
        pg_size_bytes(current_setting('wal_segment_size')) AS segment,
        current_setting('data_checksums') = 'on' AS checksums,
        (SELECT sum(pg_tablespace_size(oid)) FROM pg_tablespace) AS size,
        current_setting('config_file') AS config, current_setting('hba_file') AS hba,
        current_setting('ident_file') AS ident, current_setting('summarize_wal', true) AS summarize
      """, deadline: .seconds(600))
    guard let row = result.rows.first, let system = SystemIdentifier(row["system"] ?? ""),
      let segment = WALSegmentSize(bytes: UInt64(row["segment"] ?? "") ?? 0)
    else { throw PostgreSQLError.notConnected("the server does not describe itself") }
    let included = try await connection.query(
      """
      SELECT DISTINCT sourcefile FROM pg_settings
      WHERE sourcefile IS NOT NULL AND sourcefile <> current_setting('config_file') ORDER BY 1
      """
    ).rows.compactMap { $0["sourcefile"] }
    let tablespaces = try await connection.query(
      """
      SELECT oid, spcname, pg_tablespace_location(oid) AS location FROM pg_tablespace
      WHERE pg_tablespace_location(oid) <> '' ORDER BY oid
      """
    ).rows.compactMap { row -> BackupInfo.Tablespace? in
      guard let oid = UInt32(row["oid"] ?? ""), let name = row["spcname"], let location = row["location"] else {
        return nil
      }
      return BackupInfo.Tablespace(name: name, oid: oid, location: location)
    }
    return Facts(
      isStandby: row["standby"] == "t", versionNumber: Int(row["version"] ?? "") ?? 0, systemIdentifier: system,
      segmentSize: segment, hasChecksums: row["checksums"] == "t", size: row["size"].flatMap { Int64($0) },
      configurationFile: row["config"] ?? "", hbaFile: row["hba"] ?? "", identFile: row["ident"] ?? "",
      includedFiles: included, summarizesWAL: row["summarize"], tablespaces: tablespaces)
  }

  /// The timeline on which a backup began; its label says so.
  func timeline(of label: String) -> TimelineID? {
    label.split(whereSeparator: \.isNewline).lazy
      .compactMap { line -> TimelineID? in
        guard line.hasPrefix("START TIMELINE: ") else { return nil }
        return UInt32(line.dropFirst(16)).map { TimelineID($0) }
      }.first
  }
}
