/// Reasons of events about a Cluster.
public enum EventReason {
  /// The component that events about Clusters name as their source.
  public static let source = "cloudnative-pg"
  /// Those about Backups and ScheduledBackups.
  public static let backupSource = "cloudnative-pg-backup"
  public static let scheduledBackupSource = "cloudnative-pg-scheduledbackup"

  // Normal
  public static let creatingPodDisruptionBudget = "CreatingPodDisruptionBudget"
  public static let updatingPodDisruptionBudget = "UpdatingPodDisruptionBudget"
  public static let deletingPodDisruptionBudget = "DeletingPodDisruptionBudget"
  public static let creatingServiceAccount = "CreatingServiceAccount"
  public static let updatingServiceAccount = "UpdatingServiceAccount"
  public static let creatingRole = "CreatingRole"
  public static let updatingRole = "UpdatingRole"
  public static let creatingInstance = "CreatingInstance"
  public static let failingOver = "FailingOver"
  public static let failoverTarget = "FailoverTarget"
  public static let switchingOver = "SwitchingOver"
  public static let switchover = "Switchover"
  public static let upgradingInstance = "UpgradingInstance"
  public static let rolloutDelayed = "RolloutDelayed"
  public static let scaleDown = "ScaleDown"
  public static let deletePod = "DeletePod"
  public static let deletePVCs = "DeletePVCs"
  public static let deleteUnrecoverableInstance = "DeleteUnrecoverableInstance"
  public static let instanceManagerUpgraded = "InstanceManagerUpgraded"
  public static let majorUpgradeRollback = "MajorUpgradeRollback"

  // Warning
  /// A step towards what the Cluster asks for fails.
  public static let reconciliationFailed = "ReconciliationFailed"
  public static let serviceAccountNotFound = "ServiceAccountNotFound"
  public static let secretNotFound = "SecretNotFound"
  public static let invalidCASecret = "InvalidCASecret"
  public static let secretIsExpiring = "SecretIsExpiring"
  public static let noBackup = "ErrorNoBackup"
  public static let discoverImage = "DiscoverImage"
  public static let noScaleDown = "NoScaleDown"
  public static let primaryStatusCheckFailed = "PrimaryStatusCheckFailed"
  public static let primaryLeaseConflict = "PrimaryLeaseConflict"
  /// A standby does not follow, and will not by being waited for.
  public static let standbyStuck = "StandbyStuck"
  public static let instanceManagerUpgradeFailed = "InstanceManagerUpgradeFailed"
}

/// Reasons of events about Backups and ScheduledBackups.
public enum BackupEventReason {
  // Normal
  public static let starting = "Starting"
  /// The instance is gone: the backup begins again on another one.
  public static let restarting = "ReStarting"
  public static let completed = "Completed"
  public static let failed = "Failed"
  /// A schedule's next backup.
  public static let schedule = "BackupSchedule"
  public static let invalidCluster = "InvalidCluster"

  // Warning
  public static let findingCluster = "FindingCluster"
  public static let findingPod = "FindingPod"
  public static let pending = "BackupPending"
  public static let hibernated = "ClusterIsHibernated"
  public static let noBackupSection = "ClusterHasBackupConfigured"
  public static let noObjectStore = "ClusterHasNoBarmanSection"
  public static let noSnapshotSection = "ClusterHasNoVolumeSnapshotSection"
  public static let noSnapshots = "ClusterHasNoVolumeSnapshotCRD"
  public static let noPlugin = "ClusterHasNoBackupExecutorPlugin"
  public static let managerRestarted = "InstanceManagerRestarted"
  public static let unhealthyPod = "TargetPodNotHealthy"
  /// The instance does not begin, or the cluster is gone.
  public static let abandoned = "BackupAbandoned"
  public static let invalid = "InvalidBackup"
  public static let noSchedule = "NoSchedule"
  public static let creation = "BackupCreation"
  public static let adoptionRefused = "BackupAdoptionRefused"
  public static let clusterNotHealthy = "ClusterNotHealthy"
}
