import Kubernetes

/// A request for one backup of a cluster, and its outcome.
public struct Backup: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "Backup", plural: "backups")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required(
    "What to back up and how; it cannot be changed.", .rule("oldSelf == self", "BackupSpec is immutable once set"))
  public var spec: BackupSpec
  @Field("What became of it.") public var status: BackupStatus?

  public init() {}
}

public struct BackupSpec: Declared {
  @Required("Cluster to back up.") public var cluster: LocalReference
  @Field("Instance to take the backup from; the cluster's setting when absent.") public var target: BackupTarget?
  @Defaulted("How the backup is made.", .barmanObjectStore) public var method: BackupMethod
  @Field("Plugin for the method `plugin`.") public var pluginConfiguration: BackupPluginConfiguration?
  @Field("Whether PostgreSQL keeps running meanwhile, for volume snapshots; the cluster's setting when absent.")
  public var online: Bool?
  @Field("Details of online volume snapshots; the cluster's setting when absent.")
  public var onlineConfiguration: OnlineConfiguration?

  public init() {}
}

public struct BackupPluginConfiguration: Declared {
  @Required("Name of the plugin.") public var name: String
  @Field("Parameters of the plugin.") public var parameters: [String: String]?

  public init() {}
}

/// A request for backups by a schedule.
public struct ScheduledBackup: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "ScheduledBackup", plural: "scheduledbackups")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("What to back up, how and when.") public var spec: ScheduledBackupSpec
  @Field("What was last done.") public var status: ScheduledBackupStatus?

  public init() {}
}

public struct ScheduledBackupSpec: Declared {
  @Required("When: six fields of cron, seconds first (`0 0 3 * * *`: daily at 3:00), in UTC.") public var schedule:
    String
  @Required(
    "Cluster to back up.", .rule("self == oldSelf", "cluster reference is immutable after creation"))
  public var cluster: LocalReference
  @Field("Whether the schedule rests.") public var suspend: Bool?
  @Field("Whether the first backup is made at once.") public var immediate: Bool?
  @Defaulted("Owner of the Backups, with which they are deleted.", .none) public var backupOwnerReference: BackupOwner
  @Field("Instance to take the backup from; the cluster's setting when absent.") public var target: BackupTarget?
  @Defaulted("How the backup is made.", .barmanObjectStore) public var method: BackupMethod
  @Field("Plugin for the method `plugin`.") public var pluginConfiguration: BackupPluginConfiguration?
  @Field("Whether PostgreSQL keeps running meanwhile, for volume snapshots; the cluster's setting when absent.")
  public var online: Bool?
  @Field("Details of online volume snapshots; the cluster's setting when absent.")
  public var onlineConfiguration: OnlineConfiguration?

  public init() {}
}

public enum BackupOwner: String, SchemaType, CaseIterable {
  case none
  case itself = "self"
  case cluster
}

public struct ScheduledBackupStatus: Declared {
  @Field("When the schedule was last looked at.", .format("date-time")) public var lastCheckTime: String?
  @Field("Time of the schedule for which a backup was last made.", .format("date-time")) public var lastScheduleTime:
    String?
  @Field("Time of the next backup.", .format("date-time")) public var nextScheduleTime: String?
  @Field("Why the schedule cannot be followed.") public var error: String?

  public init() {}
}
