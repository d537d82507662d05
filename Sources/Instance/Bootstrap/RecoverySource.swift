import Backup
import ClusterAPI
import Kubernetes
import PostgreSQL

/// What a cluster is restored from: an archive, and where recovery stops.
struct RecoverySource: Sendable {
  var log: WALArchive
  var catalogue: Catalogue
  var target: RestoreTarget
  /// Files to fetch at the same time.
  var parallel: Int

  /// - Throws: ``InstanceProblem`` for what the manifest names and is not there, or cannot be used.
  init(_ bootstrap: RecoveryBootstrap, of cluster: Cluster, archives: Archives) async throws {
    target = try Self.target(bootstrap.recoveryTarget)
    let manifest: BarmanObjectStore
    let server: String
    var authorities: SecretKeyReference?
    if let reference = bootstrap.backup {
      let backup = try await Self.backup(reference.name, archives.controlPlane)
      manifest = backup.manifest
      server = backup.server
      authorities = reference.endpointCA
      target.backup = target.backup ?? backup.id
    } else if let name = bootstrap.source {
      guard let external = cluster.spec.externalClusters?.first(where: { $0.name == name }) else {
        throw InstanceProblem.invalidConfiguration(
          "spec.bootstrap.recovery.source \"\(name)\" is not in spec.externalClusters.")
      }
      guard let store = external.barmanObjectStore else {
        throw InstanceProblem.unsupported(
          "spec.externalClusters \"\(name)\" has no barmanObjectStore; other ways to recover are not supported yet.")
      }
      manifest = store
      server = name
    } else {
      throw InstanceProblem.unsupported(
        "spec.bootstrap.recovery needs `source` or `backup`; volume snapshots are not supported yet.")
    }
    log = try await archives.archive(of: manifest, defaultServer: server, authorities: authorities)
    catalogue = Catalogue(store: log.store, server: log.server)
    parallel = manifest.wal?.maxParallel ?? 1
  }

  private static func backup(
    _ name: String, _ controlPlane: any ControlPlane
  ) async throws -> (manifest: BarmanObjectStore, server: String, id: BackupID) {
    guard let backup = try await controlPlane.backup(name) else {
      throw InstanceProblem.invalidConfiguration("spec.bootstrap.recovery.backup: there is no Backup \"\(name)\".")
    }
    guard let status = backup.status, status.phase == BackupPhase.completed, let path = status.destinationPath,
      let id = status.backupId.flatMap({ BackupID($0) })
    else {
      throw InstanceProblem.invalidConfiguration(
        "spec.bootstrap.recovery.backup: Backup \"\(name)\" is not completed (\(backup.status?.phase ?? "not begun")).")
    }
    var manifest = BarmanObjectStore()
    manifest.destinationPath = path
    manifest.serverName = status.serverName
    manifest.endpointURL = status.endpointURL
    manifest.endpointCA = status.endpointCA
    manifest.azureCredentials = status.azureCredentials
    manifest.s3Credentials = status.s3Credentials
    manifest.googleCredentials = status.googleCredentials
    return (manifest, backup.spec.cluster.name, id)
  }

  /// - Throws: ``InstanceProblem/invalidConfiguration(_:)`` naming the field.
  static func target(_ wanted: RecoveryTarget?) throws(InstanceProblem) -> RestoreTarget {
    var target = RestoreTarget()
    guard let wanted else { return target }
    func invalid(_ field: String, _ value: String, _ form: String) -> InstanceProblem {
      .invalidConfiguration("spec.bootstrap.recovery.recoveryTarget.\(field) \"\(value)\" is not \(form).")
    }
    if let text = wanted.backupID {
      guard let id = BackupID(text) else { throw invalid("backupID", text, "of the form 20240605T134715") }
      target.backup = id
    }
    if let text = wanted.targetTLI, !text.isEmpty, text != "latest" {
      guard let number = UInt32(text), number > 0 else { throw invalid("targetTLI", text, "`latest` or a number") }
      target.timeline = TimelineID(number)
    }
    target.isExclusive = wanted.exclusive ?? false
    if let text = wanted.targetTime {
      guard let time = UTCTime(text) else { throw invalid("targetTime", text, "a time as in RFC 3339") }
      target.stop = .time(time)
    } else if let text = wanted.targetLSN {
      guard let position = LSN(text) else { throw invalid("targetLSN", text, "a position such as 0/5000028") }
      target.stop = .position(position)
    } else if let text = wanted.targetXID {
      guard UInt64(text) != nil else { throw invalid("targetXID", text, "a number") }
      target.stop = .transaction(text)
    } else if let text = wanted.targetName {
      target.stop = .name(text)
    } else if wanted.targetImmediate == true {
      target.stop = .consistency
    }
    return target
  }
}
