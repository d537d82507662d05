/// What the operator is doing with a cluster: the texts of `status.phase`. Tools compare them, so they are fixed.
public enum Phase {
  public static let firstPrimary = "Setting up primary"
  public static let creatingReplica = "Creating a new replica"
  public static let healthy = "Cluster in healthy state"
  public static let switchover = "Switchover in progress"
  public static let failover = "Failing over"
  public static let upgrade = "Upgrading cluster"
  public static let majorUpgrade = "Upgrading Postgres major version"
  public static let upgradeDelayed = "Cluster upgrade delayed"
  public static let waitingForUser = "Waiting for user action"
  public static let inPlacePrimaryRestart = "Primary instance is being restarted in-place"
  public static let primaryRestartWithoutSwitchover = "Primary instance is being restarted without a switchover"
  public static let waitingForInstances = "Waiting for the instances to become active"
  public static let onlineUpgrade = "Online upgrade in progress"
  public static let applyingConfiguration = "Applying configuration"
  public static let promotingReplicaCluster = "Promoting to primary cluster"
  public static let unrecoverable = "Cluster is unrecoverable and needs manual intervention"
  public static let invalidImageCatalog = "Cluster has incomplete or invalid image catalog"
  public static let missingArchitecture =
    "Cluster cannot execute instance online upgrade due to missing architecture binary"
  public static let cannotCreateObjects = "Unable to create required cluster objects"
  public static let invalidDefinition = "Invalid cluster definition"
  public static let unknownPlugin =
    "Cluster cannot proceed to reconciliation due to an unknown plugin being required"
  public static let pluginFailure =
    "Cluster cannot proceed to reconciliation due to an error while interacting with plugins"
  public static let notEnoughDiskSpace = "Not enough disk space"
  public static let communicationFailure = "Instance Status Extraction Error: HTTP communication issue"
}

/// The texts of a Backup's `status.phase`.
public enum BackupPhase {
  public static let pending = "pending"
  public static let started = "started"
  public static let running = "running"
  public static let finalizing = "finalizing"
  public static let completed = "completed"
  public static let failed = "failed"
  public static let walArchivingFailing = "walArchivingFailing"
  public static let invalid = "invalid backup definition"
}
