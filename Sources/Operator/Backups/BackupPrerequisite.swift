import ClusterAPI

/// What a Cluster lacks for a backup to be made of it. Waiting does not help: the Backup fails.
struct BackupPrerequisite: Equatable {
  /// Of the event.
  let reason: String
  let message: String

  private init(_ reason: String, _ message: String) {
    self.reason = reason
    self.message = message
  }

  /// The first that is missing; nil where nothing is.
  init?(_ backup: Backup, _ cluster: Cluster) {
    if cluster.annotations[Annotations.hibernation] == "on" {
      self.init(BackupEventReason.hibernated, "cannot backup a hibernated cluster")
      return
    }
    let configuration = cluster.spec.backup
    switch backup.spec.method {
    case .plugin:
      self.init(
        BackupEventReason.noPlugin,
        "cannot proceed with the backup as the cluster has no plugin that makes backups: plugins are not called yet. "
          + "Use the method barmanObjectStore")
    case _ where configuration == nil:
      self.init(
        BackupEventReason.noBackupSection, "cannot proceed with the backup as the cluster has no backup section")
    case .volumeSnapshot where configuration?.volumeSnapshot == nil:
      self.init(
        BackupEventReason.noSnapshotSection,
        "cannot proceed with the backup as the cluster has no volumeSnapshot section")
    case .volumeSnapshot:
      self.init(
        BackupEventReason.noSnapshots,
        "cannot proceed with the backup as no volume snapshots can be taken here. Use the method barmanObjectStore")
    case .barmanObjectStore where configuration?.barmanObjectStore == nil:
      self.init(BackupEventReason.noObjectStore, "no barmanObjectStore section defined on the target cluster")
    case .barmanObjectStore: return nil
    }
  }
}
