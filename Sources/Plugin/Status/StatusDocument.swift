import Kubernetes

/// What an instance says of itself on `/pg/status`.
struct StatusDocument: Declared {
  @Field var isPrimary: Bool?
  @Field var systemID: String?
  @Field var timeLineID: Int?
  @Field var currentWAL: String?
  @Field var currentLsn: String?
  @Field var receivedLsn: String?
  @Field var replayLsn: String?
  @Field var replayPaused: Bool?
  @Field var isWalReceiverActive: Bool?
  @Field var isPgRewindRunning: Bool?
  @Field var isPodReady: Bool?
  @Field var pendingRestart: Bool?
  /// postgres is down on purpose, and why.
  @Field var mightBeUnavailable: Bool?
  @Field var mightBeUnavailableMaskedError: String?
  @Field var instanceManagerVersion: String?
  @Field var isArchivingWAL: Bool?
  @Field var readyWalFiles: Int?
  @Field var lastArchivedWAL: String?
  @Field var lastArchivedWALTime: String?
  @Field var lastFailedWAL: String?
  @Field var lastFailedWALTime: String?
  @Field var replicationInfo: [Stream]?
  @Field var replicationSlotsInfo: [Slot]?
  @Field var pgStatBasebackupsInfo: [BaseBackup]?

  init() {}

  /// A standby that receives: a row of `pg_stat_replication`.
  struct Stream: Declared {
    @Field var applicationName: String?
    @Field var state: String?
    @Field var sentLsn: String?
    @Field var writeLsn: String?
    @Field var flushLsn: String?
    @Field var replayLsn: String?
    @Field var writeLag: String?
    @Field var flushLag: String?
    @Field var replayLag: String?
    @Field var syncState: String?
    @Field var syncPriority: Int?

    init() {}
  }

  /// A row of `pg_replication_slots`.
  struct Slot: Declared {
    @Field var slotName: String?
    @Field var plugin: String?
    @Field var slotType: String?
    @Field var datoid: String?
    @Field var database: String?
    @Field var active: Bool?
    @Field var xmin: String?
    @Field var catalogXmin: String?
    @Field var restartLsn: String?
    @Field var walStatus: String?
    @Field var safeWalSize: Int?

    init() {}
  }

  /// A row of `pg_stat_progress_basebackup`.
  struct BaseBackup: Declared {
    @Field var applicationName: String?
    @Field var phase: String?
    @Field var backendStart: String?
    @Field var backupTotal: Int?
    @Field var backupStreamed: Int?
    @Field var tablespacesTotal: Int?
    @Field var tablespacesStreamed: Int?

    init() {}
  }
}
