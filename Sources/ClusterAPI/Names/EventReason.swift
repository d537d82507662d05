/// Reasons of events about a Cluster.
public enum EventReason {
  /// The component that events about Clusters name as their source.
  public static let source = "cloudnative-pg"

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
