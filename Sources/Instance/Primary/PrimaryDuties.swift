import ClusterAPI
import Kubernetes
import Logging
import PostgreSQL

/// What a primary keeps in order inside PostgreSQL. Every statement can be repeated.
struct PrimaryDuties: Sendable {
  let connection: Connection
  let logger: Logger

  /// The roles that every cluster has.
  func ensureRoles() async throws {
    let names = try await connection.query("SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)", [Self.roleNames])
    let existing = Set(names.rows.compactMap { $0["rolname"] })
    // Made where it is missing, mended where somebody took something away.
    var statements = [
      existing.contains("streaming_replica")
        ? "ALTER ROLE streaming_replica LOGIN REPLICATION" : "CREATE ROLE streaming_replica LOGIN REPLICATION",
      existing.contains("cnpg_metrics_exporter")
        ? "ALTER ROLE cnpg_metrics_exporter LOGIN" : "CREATE ROLE cnpg_metrics_exporter LOGIN",
    ]
    // What pg_rewind reads the source with (PostgreSQL's manual, pg_rewind, "Notes"), and by what a standby that has made a
    // backup has the segment archived in which it ends.
    for function in [
      "pg_switch_wal()",
      "pg_ls_dir(text, boolean, boolean)", "pg_stat_file(text, boolean)", "pg_read_binary_file(text)",
      "pg_read_binary_file(text, bigint, bigint, boolean)",
    ] {
      statements.append("GRANT EXECUTE ON FUNCTION pg_catalog.\(function) TO streaming_replica")
    }
    statements.append("GRANT pg_monitor TO cnpg_metrics_exporter")
    try await connection.execute(statements.joined(separator: ";\n"))
  }

  private static let roleNames = "{streaming_replica,cnpg_metrics_exporter}"

  /// A physical slot for each other instance; those of instances that are gone are dropped once nobody uses them.
  func ensureSlots(for instances: [String], prefix: String?) async throws {
    let wanted = Set(instances.compactMap { name in prefix.map { ReplicationSlotName.of(instance: name, prefix: $0) } })
    let rows = try await connection.query(
      "SELECT slot_name, active FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT temporary"
    ).rows
    let existing = Set(rows.compactMap { $0["slot_name"] })
    for name in wanted.subtracting(existing).sorted() {
      try await connection.query("SELECT pg_create_physical_replication_slot($1, false)", [name])
      logger.info("replication slot created", metadata: ["slot": "\(name)"])
    }
    for row in rows where try !row.value("active", as: Bool.self) {
      guard let name = row["slot_name"], name.hasPrefix(prefix ?? "_cnpg_"), !wanted.contains(name) else { continue }
      // Somebody may have attached to it since.
      try await connection.query(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active",
        [name])
      logger.info("replication slot dropped", metadata: ["slot": "\(name)"])
    }
  }

  /// Sets a role's password, or takes it away. The verifier is made here: the password itself does not travel, and the
  /// statement appears in no log.
  ///
  /// - Parameter isVerifier: the text is given to PostgreSQL as it is.
  func setPassword(_ password: String?, of role: String, isVerifier: Bool = false) async throws {
    let value: String
    if let password {
      let verifier =
        isVerifier ? password : try await connection.encryptedPassword(password, user: role)
      value = try await connection.literal(verifier)
    } else {
      value = "NULL"
    }
    let name = try await connection.identifier(role)
    try await silently { try await connection.execute("ALTER ROLE \(name) PASSWORD \(value)") }
  }

  /// What PostgreSQL writes of a statement, switched off. Each is a statement of its own in the session, not `SET LOCAL`
  /// beside the secret: a text is logged whole before its first statement runs, whether a transaction is logged is
  /// decided when it begins, and how long it took is logged after its settings have gone with it.
  private static let silence = [
    "log_statement": "none", "log_min_duration_statement": "-1", "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0", "log_min_error_statement": "panic", "track_activities": "off",
    "pg_stat_statements.track_utility": "off", "pgaudit.log": "none",
  ]

  private func silently(_ body: () async throws -> Void) async throws {
    let settings = Self.silence.sorted { $0.key < $1.key }
    try await connection.execute(settings.map { "SET \($0.key) = '\($0.value)'" }.joined(separator: "; "))
    do { try await body() } catch {
      try? await connection.execute(settings.map { "RESET \($0.key)" }.joined(separator: "; "))
      throw error
    }
    try await connection.execute(settings.map { "RESET \($0.key)" }.joined(separator: "; "))
  }

  func hasPassword(_ role: String) async throws -> Bool {
    try await connection.query(
      "SELECT EXISTS (SELECT FROM pg_authid WHERE rolname = $1 AND rolpassword IS NOT NULL)", [role]
    ).scalar()
  }

  func roleExists(_ role: String) async throws -> Bool {
    try await connection.query("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", [role]).scalar()
  }

  /// Databases that accept connections, in which extensions are made. A limit of -2 marks what an interrupted
  /// DROP DATABASE left behind.
  func connectableDatabases() async throws -> [String] {
    try await connection.query(
      "SELECT datname FROM pg_database WHERE datallowconn AND datconnlimit <> -2 ORDER BY 1"
    ).rows
      .compactMap { $0["datname"] }
  }

  /// In the database of this session: makes the wanted managed extensions, drops those no longer wanted. Those of a
  /// library that is not loaded yet (a restart is pending) are left for later.
  func ensureExtensions(_ wanted: [ManagedExtension]) async throws {
    let loaded = try await connection.query("SHOW shared_preload_libraries").scalar(as: String.self)
      .split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }
    let present = Set(
      try await connection.query("SELECT extname FROM pg_extension").rows.compactMap { $0["extname"] })
    for managed in ManagedExtension.all where managed.hasObjects {
      let name = try await connection.identifier(managed.name)
      if wanted.contains(managed), loaded.contains(managed.name), !present.contains(managed.name) {
        // In `public`, where CloudNativePG puts them too; pg_catalog, the pinned path's first, takes no extensions.
        try await connection.execute("CREATE EXTENSION IF NOT EXISTS \(name) SCHEMA public")
      } else if !wanted.contains(managed), present.contains(managed.name) {
        try await connection.execute("DROP EXTENSION IF EXISTS \(name)")
      }
    }
  }
}
