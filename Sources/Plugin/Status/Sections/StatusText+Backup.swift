import ClusterAPI
import Foundation
import Kubernetes

extension StatusText {
  var continuousBackup: Section {
    guard cluster.spec.backup != nil else { return Section(Styled("Continuous Backup not configured", .warning)) }
    var section = Section(Styled("Continuous Backup status", .good))
    guard let primary else {
      section.blocks = [.line(Styled("No Primary instance found", .bad))]
      return section
    }
    section.blocks =
      [
        .table(
          Table(
            rows: [
              ["First Point of Recoverability:", Styled(status.firstRecoverabilityPoint ?? "Not Available")],
              ["Working WAL archiving:", archiving(primary)],
              ["WALs waiting to be archived:", Styled("\(primary.readyWalFiles ?? 0)")],
              ["Last Archived WAL:"] + wal(primary.lastArchivedWAL, primary.lastArchivedWALTime),
              ["Last Failed WAL:"] + wal(primary.lastFailedWAL, primary.lastFailedWALTime),
            ] + backups))
      ] + reasons.map { .line(Styled($0, .bad)) }
    return section
  }

  /// The last backups and those under way, where there are any.
  private var backups: [[Styled]] {
    var rows: [[Styled]] = []
    if let time = status.lastSuccessfulBackup { rows.append(["Last Successful Backup:", Styled(time)]) }
    if let time = status.lastFailedBackup {
      let isLast = time > (status.lastSuccessfulBackup ?? "")
      rows.append(["Last Failed Backup:", Styled(time, isLast ? .bad : nil)])
    }
    for backup in view.openBackups {
      let phase = backup.status?.phase ?? BackupPhase.pending
      let place = (backup.status?.instanceID?.podName).map { " on \($0)" } ?? ""
      let isFailing = phase == BackupPhase.walArchivingFailing
      rows.append(["Backup Under Way:", Styled("\(backup.name) (\(phase)\(place))", isFailing ? .bad : .info)])
    }
    return rows
  }

  /// Why archiving or the last backup failed, in the instances' own words.
  private var reasons: [String] {
    let archiving = cluster.condition(ConditionType.continuousArchiving)
    let backup = cluster.condition(ConditionType.lastBackupSucceeded)
    var reasons: [String] = []
    if let archiving, archiving.status == "False" { reasons.append("Archiving fails: \(archiving.message)") }
    if let backup, backup.status == "False", backup.reason == ConditionReason.backupFailed {
      reasons.append("The last backup failed: \(backup.message)")
    }
    return reasons
  }

  private func archiving(_ primary: StatusDocument) -> Styled {
    if cluster.annotations[Annotations.skipWalArchiving] == "enabled" { return Styled("Disabled", .warning) }
    if primary.isArchivingWAL == true { return Styled("OK", .good) }
    return primary.lastFailedWAL.isNilOrEmpty ? Styled("Starting Up", .warning) : Styled("Failing", .bad)
  }

  private func wal(_ name: String?, _ time: String?) -> [Styled] {
    guard let name, !name.isEmpty else { return ["-"] }
    return [Styled(name), " @ ", Styled(time ?? "-")]
  }

  /// Copies that are being made of the primary by pg_basebackup.
  var physicalBackups: [Section] {
    guard let primary else { return [Section(Styled("Primary instance not found", .bad))] }
    let running = primary.pgStatBasebackupsInfo ?? []
    guard !running.isEmpty else {
      return verbosity > 0 ? [Section(Styled("No running physical backups found", .warning))] : []
    }
    let header = ["Name", "Phase", "Started at", "Total", "Transferred", "Progress", "Tablespaces"]
    return [
      Section(Styled("Physical backups", .good), [.table(Table(header: header, rows: running.map(row)))])
    ]
  }

  private func row(_ backup: StatusDocument.BaseBackup) -> [Styled] {
    let (total, streamed) = (backup.backupTotal ?? 0, backup.backupStreamed ?? 0)
    let progress = total > 0 ? "\(Amounts.hundredths(Double(streamed) * 100 / Double(total)))%" : "-"
    return [
      Styled(backup.applicationName ?? "-"), Styled(backup.phase ?? "-"), Styled(backup.backendStart ?? "-"),
      Styled(total > 0 ? Amounts.bytes(Int64(total)) : "-"), Styled(Amounts.bytes(Int64(streamed))), Styled(progress),
      Styled("\(backup.tablespacesStreamed ?? 0)/\(backup.tablespacesTotal ?? 0)"),
    ]
  }
}

extension Optional where Wrapped == String {
  var isNilOrEmpty: Bool { self?.isEmpty ?? true }
}
