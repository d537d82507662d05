import Backup
import ClusterAPI
import Foundation
import Kubernetes
import Logging
import PostgreSQL

/// What follows each backup: retention, and telling from when on the cluster can be restored.
struct Maintenance: Sendable {
  let cluster: Cluster
  let catalogue: Catalogue
  let archive: WALArchive
  let controlPlane: any ControlPlane
  let logger: Logger

  func run() async {
    do {
      try await retain()
    } catch {
      logger.error("retention failed", metadata: ["error": "\(error)"])
      controlPlane.record(
        .warning, reason: "RetentionPolicyFailed", message: "Retention policy failed, nothing was deleted: \(error)")
    }
    do {
      let content = try await catalogue.content()
      try await publish(content)
      try await forget(content)
    } catch {
      logger.warning("cannot tell which backups there are", metadata: ["error": "\(error)"])
    }
  }

  private func retain() async throws {
    guard let policy = cluster.spec.backup?.retentionPolicy else { return }
    guard let window = RetentionWindow(policy) else {
      throw InstanceProblem.invalidConfiguration(
        "spec.backup.retentionPolicy \"\(policy)\" is no number of days, weeks or months.")
    }
    let removed = try await Retention(catalogue: catalogue, archive: archive, window: window).run(now: .now)
    guard !removed.backups.isEmpty else { return }
    logger.info(
      "retention removed backups",
      metadata: ["backups": "\(removed.backups)", "files": "\(removed.files.count)", "window": "\(window)"])
  }

  /// The first point of recoverability is the end of the oldest backup: nothing is consistent before it.
  private func publish(_ content: Catalogue.Content) async throws {
    let ends = content.backups.filter(\.isDone).compactMap(\.endTime)
    guard let first = ends.min()?.seconds, let last = ends.max()?.seconds else { return }
    let method = BackupMethod.barmanObjectStore.rawValue
    try await controlPlane.changeStatus { current in
      let status = current.status
      var firsts = status?.firstRecoverabilityPointByMethod ?? [:]
      var lasts = status?.lastSuccessfulBackupByMethod ?? [:]
      firsts[method] = first
      lasts[method] = last
      return [
        "firstRecoverabilityPoint": .string(firsts.values.min() ?? first),
        "firstRecoverabilityPointByMethod": .object(firsts.mapValues { .string($0) }),
        "lastSuccessfulBackup": .string(lasts.values.max() ?? last),
        "lastSuccessfulBackupByMethod": .object(lasts.mapValues { .string($0) }),
      ]
    }
  }

  /// Backups whose data retention has removed.
  private func forget(_ content: Catalogue.Content) async throws {
    let known = Set(content.backups.map(\.id.text) + content.unreadable.keys.map(\.text))
    let store = cluster.spec.backup?.barmanObjectStore
    for backup in try await controlPlane.backups() {
      guard backup.spec.cluster.name == cluster.name, let status = backup.status, status.phase == BackupPhase.completed,
        status.method ?? .barmanObjectStore == .barmanObjectStore, status.destinationPath == store?.destinationPath,
        status.serverName == store?.serverName ?? cluster.name, let id = status.backupId, !known.contains(id)
      else { continue }
      try await controlPlane.deleteBackup(backup.name)
      logger.info(
        "removed the object of a backup that is no longer in the store", metadata: ["backup": "\(backup.name)"])
    }
  }
}
