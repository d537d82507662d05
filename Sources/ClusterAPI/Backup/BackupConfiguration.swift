import Kubernetes

/// Where and how a cluster's backups are made.
public struct BackupConfiguration: Declared {
  @Field("Object store for base backups and write-ahead log.") public var barmanObjectStore: BarmanObjectStore?
  @Field("Volume snapshots.") public var volumeSnapshot: VolumeSnapshotConfiguration?
  @Field(
    "How far back the object store lets the cluster be restored: days, weeks or months, such as `30d`.",
    .pattern("^[1-9][0-9]*[dwm]$"))
  public var retentionPolicy: String?
  @Defaulted(
    "Instance that backups are taken from: `primary`, or `prefer-standby`: a standby where one is ready.",
    .preferStandby)
  public var target: BackupTarget

  public init() {}
}

public enum BackupTarget: String, SchemaType, CaseIterable {
  case primary
  case preferStandby = "prefer-standby"
}

public enum BackupMethod: String, SchemaType, CaseIterable { case barmanObjectStore, volumeSnapshot, plugin }

/// Backups as snapshots of volumes.
public struct VolumeSnapshotConfiguration: Declared {
  @Field("Labels of the snapshots.") public var labels: [String: String]?
  @Field("Annotations of the snapshots.") public var annotations: [String: String]?
  @Field("Snapshot class for the data's volume; the storage class's default when absent.") public var className: String?
  @Field("Snapshot class for the write-ahead log's volume; `className` when absent.") public var walClassName: String?
  @Field("Snapshot classes for tablespaces, by tablespace; `className` when absent.")
  public var tablespaceClassName: [String: String]?
  @Defaulted("Whose deletion takes the snapshots with it.", .none) public var snapshotOwnerReference: SnapshotOwner
  @Defaulted("Whether PostgreSQL keeps running meanwhile.", true) public var online: Bool
  @Field(
    "Details of online backups.",
    .refine { $0.defaultValue = ["waitForArchive": true, "immediateCheckpoint": false] })
  public var onlineConfiguration: OnlineConfiguration?

  public init() {}
}

public enum SnapshotOwner: String, SchemaType, CaseIterable { case none, cluster, backup }

/// Details of backups taken while PostgreSQL runs.
public struct OnlineConfiguration: Declared {
  @Defaulted("Whether the backup waits until its write-ahead log is archived.", true) public var waitForArchive: Bool
  @Defaulted("Whether it begins with a fast checkpoint instead of a spread one.", false) public var immediateCheckpoint:
    Bool

  public init() {}
}
