import ClusterAPI
import PostgreSQL

/// `override.conf`: what differs from instance to instance.
struct OverrideConfiguration: Sendable, Equatable {
  enum Place: Sendable {
    case standby
    /// Being promoted, or just promoted: to read all files anew once more would be at its clients' expense.
    case successor
    case primary
  }

  var parameters: [String: String]

  var text: String { ConfigurationFile.render(parameters) }

  /// - Parameters:
  ///   - configured: what `custom.conf` says.
  ///   - control: of a standby's data, whose recorded parameters it must not go below: recovery would stop.
  ///   - version: of postgres; nil for one that knows nothing new.
  ///   - place: of the instance among the others.
  init(
    _ cluster: Cluster, environment: InstanceEnvironment, configured: [String: String], control: ControlData?,
    version: ServerVersion? = nil, place: Place = .standby
  ) {
    parameters = [
      "primary_conninfo": Self.leaderConnection(environment).text,
      "recovery_target_timeline": "latest",
    ]
    // Before recovery everything is made durable once more: of a volume as a whole, that takes a fraction of the time that
    // a call for each file does.
    if version.map({ $0.major >= 14 }) ?? false, configured[Self.syncMethod] == nil {
      parameters[Self.syncMethod] = "syncfs"
    }
    if let slot = cluster.highAvailabilitySlot(of: environment.instance) { parameters["primary_slot_name"] = slot }
    // Asked to promote while it tries to stream, recovery first sits out the pause before the next try
    // (`WaitForWALToBecomeAvailable`).
    if place == .successor { parameters["wal_retrieve_retry_interval"] = "1ms" }
    // The first segment of a new timeline is a new file: 16 MB of zeros, written while a new primary waits for the
    // confirmation of its first record (`XLogFileInit`).
    if place != .primary, configured[Self.zeros] == nil { parameters[Self.zeros] = "off" }
    guard let control else { return }
    for (name, recorded) in control.recordedParameters {
      let value = configured[name].flatMap { Int($0) } ?? Self.builtinDefaults[name] ?? 0
      if recorded > value { parameters[name] = String(recorded) }
    }
  }

  /// For data that are thrown away should anything happen before they are complete. A session sees the mark as long as it
  /// is in force.
  static let volatile =
    ConfigurationFile.line("fsync", "off") + ConfigurationFile.line(volatileMark, "on")
  static let volatileMark = "matriarch.volatile"

  /// How the walreceiver connects: to whom, and under which name, stands in a service file of libpq
  /// (PostgreSQL's manual, "The Connection Service File"), which it reads anew for each connection. Once that is empty no
  /// walreceiver gets through, whatever postgres has read of its configuration.
  static func leaderConnection(_ environment: InstanceEnvironment) -> ConnectionString {
    var connection = primaryConnection(environment, applicationName: "")
    connection["host"] = nil
    connection["application_name"] = nil
    connection["service"] = LeaderFile.service
    return connection
  }

  static let syncMethod = "recovery_init_sync_method"
  private static let zeros = "wal_init_zero"

  /// How this instance connects to the primary: by the service that leads to it, with the replication certificate.
  static func primaryConnection(_ environment: InstanceEnvironment, applicationName: String) -> ConnectionString {
    let certificates = environment.paths.certificates
    return ConnectionString([
      ("host", ObjectNames(cluster: environment.cluster).readWriteService),
      ("user", "streaming_replica"),
      ("port", String(environment.port)),
      ("sslkey", "\(certificates)/streaming_replica.key"),
      ("sslcert", "\(certificates)/streaming_replica.crt"),
      ("sslrootcert", "\(certificates)/server-ca.crt"),
      ("application_name", applicationName),
      ("sslmode", "verify-ca"),
      ("dbname", "postgres"),
      ("tcp_user_timeout", String(environment.standbyTCPUserTimeout)),
    ])
  }

  /// PostgreSQL's own defaults of the parameters in which a standby must not go below its primary.
  private static let builtinDefaults = [
    "max_connections": 100, "max_worker_processes": 8, "max_wal_senders": 10, "max_prepared_transactions": 0,
    "max_locks_per_transaction": 64,
  ]
}

extension Cluster {
  /// The slot that the primary keeps for an instance; nil when high-availability slots are off.
  func highAvailabilitySlot(of instance: String) -> String? {
    guard let prefix = highAvailabilitySlotPrefix else { return nil }
    return ReplicationSlotName.of(instance: instance, prefix: prefix)
  }

  /// Whether logical slots (those made with `failover`) are kept on the standbys too: PostgreSQL does it, from 17 on.
  var synchronizesLogicalDecoding: Bool {
    spec.replicationSlots?.highAvailability?.synchronizeLogicalDecoding ?? false
  }

  /// Nil when high-availability slots are off.
  var highAvailabilitySlotPrefix: String? {
    let slots = spec.replicationSlots?.highAvailability
    return slots?.enabled ?? true ? slots?.slotPrefix ?? "_cnpg_" : nil
  }
}
