import Kubernetes

extension ClusterRules {
  private static let recoveryPath = "spec.bootstrap.recovery"
  private static let targetPath = "spec.bootstrap.recovery.recoveryTarget"

  static func recoverySource(_ cluster: Cluster) -> [FieldError] {
    guard let source = cluster.spec.bootstrap?.recovery?.source, !source.isEmpty else { return [] }
    guard let external = cluster.externalCluster(source) else {
      return [.invalid("\(recoveryPath).source", source, "External cluster \(source) not found")]
    }
    let detail =
      "External cluster \(source) cannot be used for recovery: "
      + "missing connection parameters, Barman, or CNPG-i configuration"
    return .when(!external.isReachable, .invalid("\(recoveryPath).source", source, detail))
  }

  static func recoverySnapshots(_ cluster: Cluster) -> [FieldError] {
    guard let recovery = cluster.spec.bootstrap?.recovery, let snapshots = recovery.volumeSnapshots else { return [] }
    if let backup = recovery.backup {
      let detail = "Recovery from dataSource is not compatible with other types of recovery"
      return [.invalid("\(recoveryPath).backup", structure: backup, detail)]
    }
    if let backupID = recovery.recoveryTarget?.backupID, !backupID.isEmpty {
      let detail = "Cannot specify a backupID when recovering using a DataSource"
      return [.invalid("\(targetPath).backupID", backupID, detail)]
    }
    var errors = snapshotKind(snapshots.storage, "\(recoveryPath).storage")
    if let wal = snapshots.walStorage {
      let path = "\(recoveryPath).dataSource.walStorage"
      if cluster.spec.walStorage == nil {
        let detail = "A WAL storage configuration is required when recovering using a DataSource for WALs"
        errors.append(.invalid(path, structure: wal, detail))
      }
      errors += snapshotKind(wal, path)
    }
    return errors
  }

  private static func snapshotKind(_ reference: TypedReference, _ path: String) -> [FieldError] {
    switch (reference.apiGroup ?? "", reference.kind) {
    case ("snapshot.storage.k8s.io", "VolumeSnapshot"), ("", "PersistentVolumeClaim"): []
    default:
      [.invalid(path, structure: reference, "Only VolumeSnapshots and PersistentVolumeClaims are supported")]
    }
  }

  static func recoveryTargets(_ cluster: Cluster) -> [FieldError] {
    guard let target = cluster.spec.bootstrap?.recovery?.recoveryTarget else { return [] }
    let given = [target.targetTime, target.targetLSN, target.targetXID, target.targetName].count { !$0.isNilOrEmpty }
    return .when(
      given + (target.targetImmediate == nil ? 0 : 1) > 1,
      .invalid(targetPath, structure: target, "Recovery target options are mutually exclusive"))
  }

  static func recoveryTargetFormats(_ cluster: Cluster) -> [FieldError] {
    guard let target = cluster.spec.bootstrap?.recovery?.recoveryTarget else { return [] }
    var errors: [FieldError] = []
    if let time = target.targetTime, !time.isEmpty, !RecoveryTargetSyntax.isTime(time) {
      errors.append(.invalid(targetPath, time, "The format of TargetTime is invalid"))
    }
    if let position = target.targetLSN, !position.isEmpty, !RecoveryTargetSyntax.isPosition(position) {
      errors.append(.invalid(targetPath, position, "Invalid TargetLSN"))
    }
    if let transaction = target.targetXID, !transaction.isEmpty, !RecoveryTargetSyntax.isTransaction(transaction) {
      let detail = "recovery target xid must be a non-negative 32-bit integer"
      errors.append(.invalid("\(targetPath).targetXID", transaction, detail))
    }
    if let name = target.targetName {
      let path = "\(targetPath).targetName"
      // PostgreSQL cuts names of restore points at MAXFNAMELEN.
      errors += .when(name.utf8.count >= 64, .invalid(path, name, "recovery target name must be shorter than 64 bytes"))
      errors += .when(
        name.utf8.contains { $0 < 0x20 || $0 == 0x7F },
        .invalid(path, name, "recovery target name must not contain ASCII control characters"))
    }
    if let timeline = target.targetTLI, !RecoveryTargetSyntax.isTimeline(timeline) {
      let detail = "recovery target timeline can be set to 'latest' or a positive integer"
      errors.append(.invalid("\(targetPath).targetTLI", structure: target, detail))
    }
    return errors
  }

  /// A catalog can be searched by time and by position only; for other targets the user has to say where to begin.
  static func recoveryTargetBackup(_ cluster: Cluster) -> [FieldError] {
    guard let recovery = cluster.spec.bootstrap?.recovery, recovery.volumeSnapshots == nil,
      let target = recovery.recoveryTarget, target.backupID.isNilOrEmpty
    else { return [] }
    let isLabelled =
      !target.targetName.isNilOrEmpty || !target.targetXID.isNilOrEmpty || target.targetImmediate != nil
    return .when(isLabelled, .required(targetPath, "BackupID is missing"))
  }
}

extension ExternalCluster {
  /// Whether it says how to get at the server or its archive.
  var isReachable: Bool { connectionParameters != nil || barmanObjectStore != nil || plugin != nil }
}
