/// What is settled about a parameter of PostgreSQL beforehand.
public struct PostgresParameter: Sendable, Equatable {
  /// Why users cannot set a parameter.
  public enum Reservation: Sendable, Equatable {
    /// Its value is the instance manager's.
    case fixed
    /// It would get in the instance manager's way.
    case blocked
  }

  public let name: String
  /// Written into the Cluster where the user gives nothing.
  public let defaultValue: String?
  /// Rendered whatever the Cluster says.
  public let mandatoryValue: String?
  public let reservation: Reservation?

  init(
    _ name: String, default defaultValue: String? = nil, mandatory: String? = nil, _ reservation: Reservation? = nil
  ) {
    self.name = name
    self.defaultValue = defaultValue
    self.mandatoryValue = mandatory
    self.reservation = reservation
  }
}

extension PostgresParameter {
  /// Every parameter that something is settled about.
  public static let all: [PostgresParameter] =
    defaults + logging + mandatory
    + fixedNames.map { PostgresParameter($0, .fixed) } + blockedNames.map { PostgresParameter($0, .blocked) }

  private static let defaults = [
    PostgresParameter("archive_timeout", default: "5min"),
    PostgresParameter("dynamic_shared_memory_type", default: "posix"),
    PostgresParameter("full_page_writes", default: "on"),
    PostgresParameter("max_parallel_workers", default: "32"),
    PostgresParameter("max_worker_processes", default: "32"),
    PostgresParameter("max_replication_slots", default: "32"),
    PostgresParameter("shared_memory_type", default: "mmap"),
    PostgresParameter("ssl_max_protocol_version", default: "TLSv1.3"),
    PostgresParameter("ssl_min_protocol_version", default: "TLSv1.3"),
    PostgresParameter("wal_keep_size", default: "512MB"),
    PostgresParameter("wal_level", default: "logical"),
    PostgresParameter("wal_log_hints", default: "on"),
    PostgresParameter("wal_sender_timeout", default: "5s"),
    PostgresParameter("wal_receiver_timeout", default: "5s"),
    PostgresParameter("shared_preload_libraries", default: "", .fixed),
  ]

  /// PostgreSQL logs to one CSV file, which the instance manager reads.
  private static let logging = [
    PostgresParameter("logging_collector", default: "on", .blocked),
    PostgresParameter("log_destination", default: "csvlog", .blocked),
    PostgresParameter("log_directory", default: InstancePaths.logDirectory, .blocked),
    PostgresParameter("log_filename", default: InstancePaths.logName, .blocked),
    PostgresParameter("log_rotation_age", default: "0", .blocked),
    PostgresParameter("log_rotation_size", default: "0", .blocked),
    PostgresParameter("log_truncate_on_rotation", default: "false", .blocked),
  ]

  private static let mandatory = [
    PostgresParameter(
      "archive_command",
      mandatory: "\(InstancePaths.manager) wal-archive --log-destination \(InstancePaths.helperLog) %p", .fixed),
    PostgresParameter("hot_standby", mandatory: "true", .blocked),
    PostgresParameter("listen_addresses", mandatory: "*", .blocked),
    PostgresParameter("port", mandatory: String(InstancePorts.postgres), .fixed),
    PostgresParameter("restart_after_crash", mandatory: "false", .blocked),
    PostgresParameter("ssl", mandatory: "on", .fixed),
    PostgresParameter("ssl_cert_file", mandatory: InstancePaths.serverCertificate, .fixed),
    PostgresParameter("ssl_key_file", mandatory: InstancePaths.serverKey, .fixed),
    PostgresParameter("ssl_ca_file", mandatory: InstancePaths.clientAuthority, .fixed),
    PostgresParameter("unix_socket_directories", mandatory: InstancePaths.socketDirectory, .blocked),
  ]

  private static let fixedNames = [
    "archive_mode", "cluster_name", "pg_failover_slots.primary_dsn", "pg_failover_slots.standby_slot_names",
    "primary_conninfo", "primary_slot_name", "recovery_target", "recovery_target_action", "recovery_target_inclusive",
    "recovery_target_lsn", "recovery_target_name", "recovery_target_time", "recovery_target_timeline",
    "recovery_target_xid", "restore_command", "ssl_crl_file", "ssl_dh_params_file", "ssl_passphrase_command",
    "ssl_passphrase_command_supports_reload", "ssl_prefer_server_ciphers", "synchronized_standby_slots",
    "synchronous_standby_names", "temp_tablespaces",
  ]

  private static let blockedNames = [
    "allow_system_table_mods", "archive_cleanup_command", "bonjour", "bonjour_name", "config_file", "data_directory",
    "data_sync_retry", "event_source", "external_pid_file", "hba_file", "ident_file", "jit_provider", "log_file_mode",
    "promote_trigger_file", "recovery_end_command", "recovery_min_apply_delay", "stats_temp_directory",
    "syslog_facility", "syslog_ident", "syslog_sequence_numbers", "syslog_split_messages", "unix_socket_group",
    "unix_socket_permissions",
  ]
}
