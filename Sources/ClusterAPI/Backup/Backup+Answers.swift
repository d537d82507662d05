import Kubernetes

/// Answers that more than one reader of a Backup needs.
extension Backup {
  /// Nothing more becomes of it.
  public var isTerminal: Bool {
    [BackupPhase.completed, BackupPhase.failed, BackupPhase.invalid].contains(status?.phase ?? "")
  }

  /// An instance is at work on it, or has been asked to be.
  public var isInProgress: Bool {
    [BackupPhase.started, BackupPhase.running, BackupPhase.finalizing, BackupPhase.walArchivingFailing]
      .contains(status?.phase ?? "")
  }

  /// Whether it was asked for before another one of the same cluster: by creation time, then by name.
  public func isOlder(than other: Backup) -> Bool {
    let (mine, theirs) = (metadata.creationTimestamp ?? "", other.metadata.creationTimestamp ?? "")
    return mine == theirs ? name < other.name : mine < theirs
  }
}

extension Cluster {
  /// The folder of the cluster's own backups below `destinationPath`.
  public var backupServerName: String { spec.backup?.barmanObjectStore?.serverName ?? name }

  /// The external cluster whose archive the cluster is restored from.
  public var recoverySource: ExternalCluster? {
    spec.bootstrap?.recovery?.source.flatMap { externalCluster($0) }
  }
}
