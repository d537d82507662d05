import Kubernetes

/// A cluster restored from a backup.
public struct RecoveryBootstrap: Declared {
  @Field("Backup object to restore.") public var backup: BackupSource?
  @Field("Name of the entry of `externalClusters` whose archive to restore from.") public var source: String?
  @Field("Volume snapshots to restore from; with `source`, write-ahead log comes from there.")
  public var volumeSnapshots: SnapshotSource?
  @Field("Where recovery stops; at the end of the archive when absent.") public var recoveryTarget: RecoveryTarget?
  @Field("Name of the application database; `app` when absent.") public var database: String?
  @Field("Role that owns the application database; the database's name when absent.") public var owner: String?
  @Field("Secret with `username` and `password` of the owner; made when absent.") public var secret: LocalReference?

  public init() {}
}

/// The Backup object that a cluster is restored from.
public struct BackupSource: Declared {
  @Required("Name of the Backup.") public var name: String
  @Field("Secret entry with the certificate authorities of the object store, as PEM.")
  public var endpointCA: SecretKeyReference?

  public init() {}
}

/// The volume snapshots (or volumes) that a cluster is restored from.
public struct SnapshotSource: Declared {
  @Required("Snapshot of the data directory.") public var storage: TypedReference
  @Field("Snapshot of the write-ahead log's volume.") public var walStorage: TypedReference?
  @Field("Snapshots of the tablespaces, by tablespace.") public var tablespaceStorage: [String: TypedReference]?

  public init() {}
}

/// Where recovery stops. At most one of targetTime, targetLSN, targetXID, targetName and targetImmediate may be given.
public struct RecoveryTarget: Declared {
  @Field("Base backup to begin with; chosen to fit the target when absent.") public var backupID: String?
  @Field("Timeline to follow: `latest` (when absent) or its number.") public var targetTLI: String?
  @Field("Transaction to stop at.") public var targetXID: String?
  @Field("Restore point made by pg_create_restore_point to stop at.") public var targetName: String?
  @Field("Position in the write-ahead log to stop at, such as `0/5000028`.") public var targetLSN: String?
  @Field("Time to stop at, RFC 3339 or as PostgreSQL writes it; UTC without a zone.") public var targetTime: String?
  @Field("Whether to stop as soon as the backup is consistent.") public var targetImmediate: Bool?
  @Field("Whether to stop just before the target instead of just after it.") public var exclusive: Bool?

  public init() {}
}
