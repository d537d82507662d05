import ClusterAPI
import Foundation
import Kubernetes

/// What steps write into the status: of the Backup, and of the Cluster where a backup fails.
extension BackupPlan {
  /// The change of the Backup's status, as a merge patch; nil where nothing changes.
  func statusChange(_ observed: ObservedBackup) -> JSON? {
    var status = observed.status
    switch step {
    case .wait: status.phase = BackupPhase.pending
    case .restart:
      status = BackupStatus()
      status.phase = BackupPhase.pending
    case .start(let instance):
      // Nothing of an earlier attempt stays.
      status = observed.cluster.map(Self.destination) ?? BackupStatus()
      status.phase = BackupPhase.started
      status.method = observed.backup.spec.method
      status.instanceID = instance
      status.reconciliationStartedAt = Timestamp.seconds(observed.now)
    case .fail(let error):
      status.phase = BackupPhase.failed
      status.error = error
      status.reconciliationTerminatedAt = Timestamp.seconds(observed.now)
    case .invalidate(let error):
      status.phase = BackupPhase.invalid
      status.error = error
    case .request, .watch, nil: return nil
    }
    guard let before = try? JSON(encoding: observed.status), let after = try? JSON(encoding: status) else { return nil }
    let change = MergePatch.difference(from: before, to: after)
    return change == [:] ? nil : change
  }

  /// Where the backup is stored, and the names of the Secrets that lead there: whoever restores it may have nothing else
  /// left of the Cluster.
  private static func destination(of cluster: Cluster) -> BackupStatus {
    guard let store = cluster.spec.backup?.barmanObjectStore else { return BackupStatus() }
    return .with {
      $0.destinationPath = store.destinationPath
      $0.serverName = cluster.backupServerName
      $0.endpointURL = store.endpointURL
      $0.endpointCA = store.endpointCA
      $0.encryption = store.data?.encryption?.rawValue
      $0.s3Credentials = store.s3Credentials
      $0.azureCredentials = store.azureCredentials
      $0.googleCredentials = store.googleCredentials
      $0.majorVersion = cluster.status?.pgDataImageInfo?.majorVersion
    }
  }
}

extension ClusterStatus {
  /// Takes note of a backup that failed without its instance being able to say so.
  mutating func noteFailedBackup(_ error: String, now: Date) {
    let time = Timestamp.seconds(now)
    lastFailedBackup = time
    setCondition(
      ConditionType.lastBackupSucceeded, false, reason: ConditionReason.backupFailed, message: error, now: time)
  }
}
