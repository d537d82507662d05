import Backup
import ClusterAPI
import Kubernetes
import Logging

/// Says in a Backup, in the Cluster's conditions and in events how a backup goes.
struct BackupNotes: Sendable {
  let backup: Backup
  let controlPlane: any ControlPlane
  let logger: Logger

  func began(_ now: String) async throws {
    try await controlPlane.writeStatus(
      ["phase": .string(BackupPhase.running), "startedAt": .string(now), "error": .null], ofBackup: backup.name)
    controlPlane.record(.normal, reason: "Starting", message: "Backup started", about: backup)
    await setCondition(false, ConditionReason.backupStarted, ConditionMessage.backupStarted)
  }

  func waits(_ reason: String) async throws {
    try await controlPlane.writeStatus(
      ["phase": .string(BackupPhase.walArchivingFailing), "error": .string(reason)], ofBackup: backup.name)
  }

  func goesOn() async throws {
    try await controlPlane.writeStatus(["phase": .string(BackupPhase.running), "error": .null], ofBackup: backup.name)
  }

  /// Its data are there; what is left is their write-ahead log.
  func waitsForLog(_ status: JSON) async throws { try await write(status, phase: BackupPhase.finalizing) }

  /// - Parameter status: what the catalogue says of it.
  func completed(_ status: JSON) async throws {
    var fields = status.objectValue ?? [:]
    fields["reconciliationTerminatedAt"] = .string(Timestamp.seconds())
    try await write(.object(fields), phase: BackupPhase.completed)
    controlPlane.record(.normal, reason: "Completed", message: "Backup completed", about: backup)
    await setCondition(true, ConditionReason.backupSucceeded, ConditionMessage.backupSucceeded)
  }

  func failed(_ reason: String, _ now: String) async {
    do {
      try await controlPlane.writeStatus(
        [
          "phase": .string(BackupPhase.failed), "error": .string(reason), "commandError": .string(reason),
          "stoppedAt": .string(now), "reconciliationTerminatedAt": .string(now),
        ], ofBackup: backup.name)
    } catch {
      logger.error("cannot say that a backup failed", metadata: ["backup": "\(backup.name)", "error": "\(error)"])
    }
    controlPlane.record(.warning, reason: "Failed", message: "Backup failed: \(reason)", about: backup)
    await change { cluster in
      var status = condition(false, ConditionReason.backupFailed, reason, in: cluster) ?? [:]
      status["lastFailedBackup"] = .string(now)
      return status
    }
  }

  // MARK: Verification

  func verifies(_ now: String) async {
    await write(["phase": "running", "startedAt": .string(now), "error": .null, "stoppedAt": .null, "checks": .null])
  }

  func verified(_ report: Verification.Report, _ now: String) async {
    await write([
      "phase": "passed", "stoppedAt": .string(now), "checks": .array(report.checks.map { .string($0) }),
    ])
    controlPlane.record(
      .normal, reason: "Verified", message: "Backup was restored: \(report.checks.joined(separator: "; "))",
      about: backup)
    await change { cluster in
      var status = verification(true, "Backup \(backup.name) was restored and is whole", in: cluster) ?? [:]
      status["lastVerifiedBackup"] = .string(now)
      return status
    }
  }

  func notVerified(_ reason: String, _ now: String) async {
    await write(["phase": "failed", "stoppedAt": .string(now), "error": .string(reason)])
    controlPlane.record(
      .warning, reason: "NotVerified", message: "Backup could not be verified: \(reason)", about: backup)
    await change { verification(false, "Backup \(backup.name) could not be verified: \(reason)", in: $0) }
  }

  private func verification(_ isWhole: Bool, _ message: String, in cluster: Cluster) -> [String: JSON]? {
    Conditions.setting(
      ConditionType.backupVerified, status: isWhole, reason: isWhole ? "Restored" : "NotRestored", message: message,
      in: cluster.status?.conditions ?? [], now: Timestamp.seconds()
    ).map { ["conditions": .array($0.map { (try? JSON(encoding: $0)) ?? .null })] }
  }

  private func write(_ verification: JSON) async {
    do {
      try await controlPlane.writeStatus(["verification": verification], ofBackup: backup.name)
    } catch {
      logger.warning("cannot say how a verification goes", metadata: ["error": "\(error)"])
    }
  }

  private func write(_ status: JSON, phase: String) async throws {
    var fields = status.objectValue ?? [:]
    fields["phase"] = .string(phase)
    fields["error"] = .null
    try await controlPlane.writeStatus(.object(fields), ofBackup: backup.name)
  }

  private func setCondition(_ status: Bool, _ reason: String, _ message: String) async {
    await change { condition(status, reason, message, in: $0) }
  }

  private func condition(_ status: Bool, _ reason: String, _ message: String, in cluster: Cluster) -> [String: JSON]? {
    Conditions.setting(
      ConditionType.lastBackupSucceeded, status: status, reason: reason, message: message,
      in: cluster.status?.conditions ?? [], now: Timestamp.seconds()
    ).map { ["conditions": .array($0.map { (try? JSON(encoding: $0)) ?? .null })] }
  }

  private func change(_ body: @Sendable (Cluster) -> [String: JSON]?) async {
    do {
      try await controlPlane.changeStatus { cluster in body(cluster).map { .object($0) } }
    } catch {
      logger.warning("cannot write the Cluster's status", metadata: ["error": "\(error)"])
    }
  }
}
