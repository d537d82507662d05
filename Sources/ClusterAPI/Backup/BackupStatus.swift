import Kubernetes

/// What became of a backup.
public struct BackupStatus: Declared {
  @Field("How far it is.") public var phase: String?
  @Field("Why it failed.") public var error: String?
  @Field("How it was made.") public var method: BackupMethod?
  @Field("Whether PostgreSQL kept running.") public var online: Bool?
  @Field("Identity in the store's catalog.") public var backupId: String?
  @Field("Name in the store's catalog.") public var backupName: String?
  @Field("Major version of PostgreSQL.") public var majorVersion: Int?
  @Field("Segment of write-ahead log in which it begins.") public var beginWal: String?
  @Field("Segment of write-ahead log in which it ends.") public var endWal: String?
  @Field("Position in the write-ahead log at which it begins.") public var beginLSN: String?
  @Field("Position in the write-ahead log at which it ends.") public var endLSN: String?
  @Field("When it began.", .format("date-time")) public var startedAt: String?
  @Field("When it ended.", .format("date-time")) public var stoppedAt: String?
  @Field("When the operator took it up.", .format("date-time")) public var reconciliationStartedAt: String?
  @Field("When the operator was done with it.", .format("date-time")) public var reconciliationTerminatedAt: String?
  @Field("Instance it was taken from.") public var instanceID: BackupInstance?
  @Field("Where it was stored.") public var destinationPath: String?
  @Field("Folder of the server it was stored in.") public var serverName: String?
  @Field("Address of the store's API.") public var endpointURL: String?
  @Field("Secret entry with the authorities of the store's certificate.") public var endpointCA: SecretKeyReference?
  @Field("Encryption by the store.") public var encryption: String?
  @Field("Credentials for S3.") public var s3Credentials: S3Credentials?
  @Field("Credentials for Azure Blob Storage.") public var azureCredentials: AzureCredentials?
  @Field("Credentials for Google Cloud Storage.") public var googleCredentials: GoogleCredentials?
  @Field("What the backup program said.") public var commandOutput: String?
  @Field("What the backup program said of errors.") public var commandError: String?
  @Field("PostgreSQL's backup label, as base64.", .format("byte")) public var backupLabelFile: String?
  @Field("PostgreSQL's tablespace map, as base64.", .format("byte")) public var tablespaceMapFile: String?
  @Field("Its volume snapshots.") public var snapshotBackupStatus: SnapshotBackupStatus?
  @Field("What became of restoring it to see whether it is whole (annotation `matriarch.io/verify`).")
  public var verification: BackupVerification?
  @Field("What the plugin keeps about it.") public var pluginMetadata: [String: String]?

  public init() {}
}

/// The instance a backup was taken from; another session means that it was restarted meanwhile.
public struct BackupInstance: Declared {
  @Field("Name of the pod.") public var podName: String?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Identity of the container.") public var ContainerID: String?
  @Field("Identity of the instance manager's run.") public var sessionID: String?

  public init() {}
}

/// A restore of a backup into a place of its own, to see whether it is whole. CloudNativePG has none.
public struct BackupVerification: Declared {
  @Field("How far it is: `running`, `passed` or `failed`.") public var phase: String?
  @Field("Why it failed.") public var error: String?
  @Field("When it began.", .format("date-time")) public var startedAt: String?
  @Field("When it ended.", .format("date-time")) public var stoppedAt: String?
  @Field("What was done and found right.") public var checks: [String]?

  public init() {}
}

public struct SnapshotBackupStatus: Declared {
  @Field("The snapshots.") public var elements: [SnapshotElement]?

  public init() {}
}

public struct SnapshotElement: Declared {
  @Required("Name of the snapshot.") public var name: String
  @Required("What it holds: `PG_DATA`, `PG_WAL` or `PG_TABLESPACE`.") public var type: String
  @Field("Name of the tablespace it holds.") public var tablespaceName: String?

  public init() {}
}
