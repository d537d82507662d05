import ClusterAPI
import Kubernetes

/// How a Cluster begins, as far as nothing can come of it.
extension Blueprint {
  /// A bootstrap method that nothing comes of yet. An empty database in its place would look like a lost one.
  var unsupportedBootstrap: String? {
    if spec.bootstrap?.pg_basebackup != nil { return cluster.isReplicaCluster ? "spec.replica" : nil }
    guard let recovery = spec.bootstrap?.recovery else { return nil }
    // It would be promoted in its source's place.
    if cluster.isReplicaCluster { return "spec.replica" }
    if recovery.volumeSnapshots != nil { return "spec.bootstrap.recovery.volumeSnapshots" }
    if recovery.source != nil, cluster.recoverySource?.barmanObjectStore == nil {
      return "spec.bootstrap.recovery.source without a barmanObjectStore"
    }
    return nil
  }

  /// What can be used in its place.
  var supportedBootstrap: String {
    spec.bootstrap?.recovery == nil
      ? "spec.bootstrap.initdb"
      : "spec.bootstrap.recovery with a Backup, or with a source that has a barmanObjectStore"
  }

  /// Why a Cluster that is restored has to wait, and what to do about it. The Backup is what tells where the archive is and
  /// how to get at it.
  var recoveryObstacle: String? {
    guard let recovery = spec.bootstrap?.recovery else { return nil }
    guard let name = recovery.backup?.name else {
      guard recovery.source == nil else { return nil }
      return "No instance is created: spec.bootstrap.recovery names neither a backup nor a source."
    }
    guard let backup = recoveryBackup else {
      return "No instance is created: there is no Backup \(name) in namespace \(namespace) to restore from. "
        + "`kubectl get backups -n \(namespace)` lists what there is."
    }
    let status = backup.status ?? BackupStatus()
    let phase = status.phase ?? BackupPhase.pending
    guard phase == BackupPhase.completed else {
      let isWaitedFor = !backup.isTerminal
      return "No instance is created: Backup \(name) to restore from is \(phase)"
        + (isWaitedFor
          ? ". It is waited for."
          : "\(status.error.map { " (\($0))" } ?? ""), not completed. Name another one in spec.bootstrap.recovery.backup.")
    }
    guard let path = status.destinationPath, !path.isEmpty else {
      return "No instance is created: Backup \(name) was not made to an object store, so it cannot be restored from. "
        + "Name another one in spec.bootstrap.recovery.backup."
    }
    return nil
  }

  /// The Secrets by which instances reach the archives and servers that the Cluster names.
  var archiveSecretNames: [String] {
    let recovery = spec.bootstrap?.recovery
    var references = spec.backup?.barmanObjectStore?.secretReferences ?? []
    references += cluster.recoverySource?.barmanObjectStore?.secretReferences ?? []
    references += [recovery?.backup?.endpointCA].compactMap { $0 }
    references += recoveryBackup?.status?.secretReferences ?? []
    let copied = spec.bootstrap?.pg_basebackup?.source
    for external in spec.externalClusters ?? [] where external.name == copied {
      references += [external.password, external.sslCert, external.sslKey, external.sslRootCert].compactMap { $0 }
    }
    return references.map(\.name)
  }
}
