/// Labels on the objects of a cluster, under the names CloudNativePG gave them, so that its tools and manifests work.
public enum Labels {
  public static let cluster = "cnpg.io/cluster"
  /// `primary` or `replica`.
  public static let instanceRole = "cnpg.io/instanceRole"
  /// The same, under its old name.
  public static let legacyRole = "role"
  public static let instanceName = "cnpg.io/instanceName"
  /// `instance` or `pooler`.
  public static let podRole = "cnpg.io/podRole"
  public static let pvcRole = "cnpg.io/pvcRole"
  public static let jobRole = "cnpg.io/jobRole"
  public static let tablespaceName = "cnpg.io/tablespaceName"
  public static let poolerName = "cnpg.io/poolerName"
  /// `app` or `superuser`, on Secrets with passwords.
  public static let userType = "cnpg.io/userType"
  /// `true` on Secrets and ConfigMaps whose changes are followed at once.
  public static let reload = "cnpg.io/reload"
  /// `true` on services made from `spec.managed.services`.
  public static let isManaged = "cnpg.io/isManaged"
  public static let backupName = "cnpg.io/backupName"
  public static let backupDate = "cnpg.io/backupDate"
  public static let backupMonth = "cnpg.io/backupMonth"
  public static let backupYear = "cnpg.io/backupYear"
  public static let backupTimeline = "cnpg.io/backupTimeline"
  public static let majorVersion = "cnpg.io/majorVersion"
  public static let scheduledBackup = "cnpg.io/scheduled-backup"
  public static let immediateBackup = "cnpg.io/immediateBackup"
  public static let pluginName = "cnpg.io/pluginName"

  // Kubernetes' recommended labels
  public static let appName = "app.kubernetes.io/name"
  public static let appInstance = "app.kubernetes.io/instance"
  public static let appVersion = "app.kubernetes.io/version"
  public static let appComponent = "app.kubernetes.io/component"
  public static let managedBy = "app.kubernetes.io/managed-by"
  /// The value of ``managedBy``: existing tools look for this one.
  public static let managedByValue = "cloudnative-pg"
}

/// Values of ``Labels/instanceRole``.
public enum InstanceRole: String, Sendable {
  case primary, replica
  /// A former primary: no service that distinguishes roles finds it.
  case unhealthy
}

/// Values of ``Labels/podRole``.
public enum PodRole: String, Sendable { case instance, pooler }

/// Values of ``Labels/pvcRole``.
public enum VolumeRole: String, Sendable {
  case data = "PG_DATA"
  case wal = "PG_WAL"
  case tablespace = "PG_TABLESPACE"
}

/// Values of ``Labels/userType``.
public enum UserType: String, Sendable { case app, superuser }
