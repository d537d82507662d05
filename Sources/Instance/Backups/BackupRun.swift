import Backup
import ClusterAPI
import Foundation
import Kubernetes
import Logging
import ObjectStorage
import PostgreSQL
import Processes

/// One backup of this instance, from the order to the moment in which it can be restored.
///
/// It counts only once every segment that it needs is in the archive. Whatever comes in between, it is marked as failed in
/// the store and in its object, and its files are removed.
struct BackupRun: Sendable {
  let environment: InstanceEnvironment
  let controlPlane: any ControlPlane
  let archive: ArchiveServices
  let version: ServerVersion
  /// Has the primary begin a new segment, so that the one in which the backup ends is archived.
  let switchSegment: @Sendable () async throws -> Void
  /// The pod is about to go.
  let isTerminating: @Sendable () -> Bool
  let logger: Logger

  func make(_ name: String) async {
    do {
      guard let backup = try await controlPlane.backup(name) else {
        logger.warning("the backup that was ordered is gone", metadata: ["backup": "\(name)"])
        return
      }
      // An order that comes late is for what has been made already.
      guard [BackupPhase.started, BackupPhase.walArchivingFailing].contains(backup.status?.phase) else { return }
      let notes = BackupNotes(backup: backup, controlPlane: controlPlane, logger: logger)
      do { try await make(notes) } catch {
        logger.error("backup failed", metadata: ["backup": "\(name)", "error": "\(error)"])
        // With the pod goes the attempt: the operator has another instance make it.
        if isTerminating() { return }
        // Whoever is cancelled still says how it ended: hence a task of its own, waited for.
        await Task { await notes.failed("\(error)", Timestamp.seconds()) }.value
      }
    } catch {
      logger.error("cannot read the backup that was ordered", metadata: ["backup": "\(name)", "error": "\(error)"])
    }
  }

  /// On the data's volume, which is as large as the database at least.
  private var verificationDirectory: String {
    URL(fileURLWithPath: environment.paths.data).deletingLastPathComponent().appending(path: "verification").path
  }

  /// What an interrupted verification has left takes room.
  func removeLeftovers() async {
    let directory = verificationDirectory
    _ = try? await Blocking.run { try FileManager.default.removeItem(atPath: directory) }
  }

  /// Restores the backup it has made, where its object asks for that.
  private func verify(_ info: BackupInfo, _ log: WALArchive, _ notes: BackupNotes) async {
    guard notes.backup.annotations[Annotations.verify] == "enabled" else { return }
    let verification = Verification(
      catalogue: Catalogue(store: log.store, server: log.server), archive: log, info: info,
      directory: verificationDirectory, programs: environment.programDirectory, logger: logger)
    await notes.verifies(Timestamp.seconds())
    do {
      let report = try await verification.run()
      logger.info(
        "backup verified", metadata: ["backup": "\(notes.backup.name)", "seconds": "\(report.seconds)"])
      await notes.verified(report, Timestamp.seconds())
    } catch {
      logger.error("backup not verified", metadata: ["backup": "\(notes.backup.name)", "error": "\(error)"])
      let reason = "\(error)"
      await Task { await notes.notVerified(reason, Timestamp.seconds()) }.value
    }
  }

  private func make(_ notes: BackupNotes) async throws {
    guard let cluster = controlPlane.cluster, let manifest = cluster.spec.backup?.barmanObjectStore else {
      throw InstanceProblem.invalidConfiguration("The Cluster has no spec.backup.barmanObjectStore.")
    }
    try await notes.began(Timestamp.seconds())
    try await awaitArchiving(notes)
    let log = try await archive.archives.archive(of: manifest, defaultServer: cluster.name)
    let connection = try await Connection.open(
      environment.localParameters(), deadline: .seconds(10), logger: logger)
    let made: BackupInfo
    do {
      let info = try await procedure(manifest, log, notes).run(
        BackupSession(connection: connection, version: version))
      await connection.close()
      made = info
      try await notes.completed(Self.status(info))
      logger.info("backup completed", metadata: ["backup": "\(notes.backup.name)", "id": "\(info.id)"])
    } catch {
      await connection.close()
      throw error
    }
    await Maintenance(
      cluster: cluster, catalogue: Catalogue(store: log.store, server: log.server), archive: log,
      controlPlane: controlPlane, logger: logger
    ).run()
    await verify(made, log, notes)
  }

  /// A backup whose log does not arrive could not be restored, so it is not begun before archiving is known to work.
  private func awaitArchiving(_ notes: BackupNotes) async throws {
    let end = ContinuousClock.now + .seconds(600)
    var isSaid = false
    while let reason = Self.obstacle(controlPlane.cluster) {
      if ContinuousClock.now > end { throw InstanceProblem.unsupported("Archiving does not work: \(reason)") }
      if !isSaid { try await notes.waits("Waiting for archiving to work: \(reason)") }
      isSaid = true
      try await Task.sleep(for: .milliseconds(500))
    }
    if isSaid { try await notes.goesOn() }
  }

  private static func obstacle(_ cluster: Cluster?) -> String? {
    let condition = cluster?.condition(ConditionType.continuousArchiving)
    return condition?.status == "True" ? nil : condition?.message ?? "no file has arrived yet"
  }

  private func procedure(_ manifest: BarmanObjectStore, _ log: WALArchive, _ notes: BackupNotes) -> BackupProcedure {
    var procedure = BackupProcedure(
      archive: log, data: environment.paths.data, settings: Self.settings(manifest),
      isFast: manifest.data?.immediateCheckpoint ?? false, switchSegment: switchSegment, logger: logger)
    procedure.waitsForLog = { try await notes.waitsForLog(Self.status($0)) }
    // A pod that goes is given only so much time.
    procedure.patience = { isTerminating() ? .seconds(2) : .seconds(300) }
    return procedure
  }

  private static func settings(_ manifest: BarmanObjectStore) -> BaseBackupSettings {
    var settings = BaseBackupSettings()
    settings.compression = manifest.data?.compression?.format ?? .none
    settings.parallel = max(1, manifest.data?.jobs ?? 2)
    settings.tags = manifest.tags ?? [:]
    settings.encryption = manifest.data?.encryption.map(\.serverSide)
    return settings
  }

  private static func status(_ info: BackupInfo) -> JSON {
    var status: [String: JSON] = [
      "backupId": .string(info.id.text), "backupName": .string(info.name ?? ""),
      "majorVersion": .int(Int64((info.versionNumber ?? 0) / 10000)),
      "backupLabelFile": .string(Base64.encode(Array((info.label ?? "").utf8))),
    ]
    func add(_ name: String, _ value: String?) { status[name] = value.map { .string($0) } }
    add("beginWal", info.beginSegment?.fileName)
    add("endWal", info.endSegment?.fileName)
    add("beginLSN", info.begin?.description)
    add("endLSN", info.end?.description)
    add("startedAt", info.beginTime?.seconds)
    add("stoppedAt", info.endTime?.seconds)
    return .object(status)
  }
}
