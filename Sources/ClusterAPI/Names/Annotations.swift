/// Annotations on the objects of a cluster, under the names CloudNativePG gave them.
public enum Annotations {
  // On a Cluster, set by users
  /// A JSON list of instance names, or `["*"]`.
  public static let fencedInstances = "cnpg.io/fencedInstances"
  /// `on` or `off`.
  public static let hibernation = "cnpg.io/hibernation"
  public static let reconciliationLoop = "cnpg.io/reconciliationLoop"
  public static let reconcilePodSpec = "cnpg.io/reconcilePodSpec"
  public static let skipWalArchiving = "cnpg.io/skipWalArchiving"
  public static let skipEmptyWalArchiveCheck = "cnpg.io/skipEmptyWalArchiveCheck"
  public static let forceLegacyBackup = "cnpg.io/forceLegacyBackup"
  public static let coredumpFilter = "cnpg.io/coredumpFilter"
  /// A JSON patch for the generated pods.
  public static let podPatch = "cnpg.io/podPatch"
  public static let validation = "cnpg.io/validation"
  public static let reloadedAt = "cnpg.io/reloadedAt"
  public static let restartedAt = "kubectl.kubernetes.io/restartedAt"
  public static let enableInstancePprof = "alpha.cnpg.io/enableInstancePprof"
  public static let livenessPinger = "alpha.cnpg.io/livenessPinger"
  public static let failoverQuorum = "alpha.cnpg.io/failoverQuorum"
  public static let appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/"

  // On what is made for a cluster
  public static let operatorVersion = "cnpg.io/operatorVersion"
  /// The serial number of an instance, on its volumes.
  public static let nodeSerial = "cnpg.io/nodeSerial"
  /// `initializing`, `ready` or ``detached``, on volumes.
  public static let pvcStatus = "cnpg.io/pvcStatus"
  /// The status of a volume that a person has taken away from its cluster.
  public static let detached = "detached"
  /// The PodSpec a pod was made with, as JSON.
  public static let podSpec = "cnpg.io/podSpec"
  /// The environment's hash of pods made by old releases.
  public static let podEnvHash = "cnpg.io/podEnvHash"
  public static let unrecoverable = "alpha.cnpg.io/unrecoverable"
  public static let updateStrategy = "cnpg.io/updateStrategy"
  public static let lastAppliedSpec = "cnpg.io/lastAppliedSpec"
  public static let poolerSpecHash = "cnpg.io/poolerSpecHash"
  /// The pull secrets the operator put on a ServiceAccount, as a JSON list.
  public static let managedSecrets = "cnpg.io/managedSecrets"
  /// `enabled` on a Secret whose password is given to PostgreSQL as it is.
  public static let passwordPassthrough = "cnpg.io/passwordPassthrough"
  /// Minutes that a volume snapshot may take, on a Backup.
  public static let volumeSnapshotDeadline = "cnpg.io/volumeSnapshotDeadline"
}

/// Annotations that are ours alone.
extension Annotations {
  /// `enabled` on a Backup, or on a ScheduledBackup for all of its: once completed it is restored and checked.
  public static let verify = "matriarch.io/verify"
}

/// Finalizers of objects kept inside PostgreSQL.
public enum Finalizers {
  public static let deleteDatabase = "cnpg.io/deleteDatabase"
  public static let deletePublication = "cnpg.io/deletePublication"
  public static let deleteSubscription = "cnpg.io/deleteSubscription"
  public static let deleteRole = "cnpg.io/deleteRole"
}
