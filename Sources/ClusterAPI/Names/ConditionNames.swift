/// Types of a Cluster's conditions.
public enum ConditionType {
  public static let ready = "Ready"
  public static let continuousArchiving = "ContinuousArchiving"
  public static let lastBackupSucceeded = "LastBackupSucceeded"
  public static let initialized = "Initialized"
  public static let consistentSystemID = "ConsistentSystemID"
  public static let syncTopology = "SyncReplicationTopologySatisfied"
  /// Ours: whether every standby follows the primary, or is on its way to.
  public static let standbysFollow = "StandbysFollow"
  /// Ours: whether the backup that was last restored to see whether it is whole, was.
  public static let backupVerified = "BackupVerified"
  public static let hibernation = "cnpg.io/hibernation"
  public static let designatedPrimaryTransition = "ReplicaClusterDesignatedPrimaryTransition"
  public static let replicaClusterFencing = "ReplicaClusterFencing"
  public static let replicaClusterSwitch = "ReplicaClusterSwitch"
}

/// Reasons of a Cluster's conditions.
public enum ConditionReason {
  public static let clusterIsReady = "ClusterIsReady"
  public static let clusterIsNotReady = "ClusterIsNotReady"
  public static let archivingSuccess = "ContinuousArchivingSuccess"
  public static let archivingFailing = "ContinuousArchivingFailing"
  public static let backupStarted = "BackupStarted"
  public static let backupSucceeded = "LastBackupSucceeded"
  public static let backupFailed = "LastBackupFailed"
  public static let bootstrapPending = "BootstrapPending"
  public static let bootstrapCompleted = "BootstrapCompleted"
  public static let uniqueSystemID = "Unique"
  public static let noSystemID = "NotFound"
  public static let mismatchedSystemID = "Mismatch"
  public static let topologySatisfied = "Satisfied"
  public static let topologyNotExtracted = "TopologyNotExtracted"
  public static let insufficientReplicas = "InsufficientCrossDomainReplicas"
  public static let allFollow = "AllFollow"
  public static let standbyStuck = "StandbyStuck"
  public static let hibernated = "Hibernated"
  public static let deletingPods = "DeletingPods"
  public static let waitingPodsDeletion = "WaitingPodsDeletion"
  public static let waitingForHealthy = "WaitingForHealthy"
  public static let wrongAnnotationValue = "WrongAnnotationValue"
}

/// Messages of a Cluster's conditions.
public enum ConditionMessage {
  public static let clusterIsReady = "Cluster is Ready"
  public static let clusterIsNotReady = "Cluster Is Not Ready"
  public static let archivingSuccess = "Continuous archiving is working"
  public static let backupStarted = "New Backup starting up"
  public static let backupSucceeded = "Backup was successful"
}
