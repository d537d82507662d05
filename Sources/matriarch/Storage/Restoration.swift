import Backup
import Foundation
import Glibc
import ObjectStorage
import PostgreSQL
import Processes

/// Makes a directory of a backup that a server can be started on, or leaves none.
struct Restoration: Sendable {
  let place: ServerPlace
  let plan: RestorePlan
  /// What the backup says of itself, with the tablespaces where they are to be.
  let info: BackupInfo
  let directories: RestoreDirectories
  let jobs: Int
  let restoreCommand: String

  struct Outcome: Sendable {
    var files: Int
    var bytes: Int64
    var seconds: Double
    /// What of the old server's configuration is not in force.
    var overridden: [String: String]
  }

  func run() async throws -> Outcome {
    let start = ContinuousClock.now
    let directories = directories
    try await Blocking.run { try directories.make() }
    do {
      let summary = try await unpack()
      let configuration = try await finish()
      return Outcome(
        files: summary.files, bytes: summary.bytesWritten, seconds: (.now - start) / .seconds(1),
        overridden: configuration.overridden)
    } catch {
      // Whoever is interrupted tidies up all the same: hence a task of its own, waited for.
      await Task { _ = try? await Blocking.run { directories.clear() } }.value
      throw error
    }
  }

  private func unpack() async throws -> UnpackingSummary {
    let archives = try await place.catalogue.archives(of: info.id)
    let line = ProgressLine("fetched", total: archives.reduce(0) { $0 + $1.object.size })
    defer { line.end() }
    return try await Unpacking(
      store: place.store, archives: archives, info: info, data: directories.data, wal: directories.wal, parallel: jobs
    ) { line.add($0) }.run()
  }

  private func finish() async throws -> RestoredConfiguration {
    let (info, directories) = (info, directories)
    let recovery = plan.target.parameters(timeline: plan.timeline).merging(["restore_command": restoreCommand]) { $1 }
    return try await Blocking.run {
      if let says = info.systemIdentifier, let found = ControlFile.systemIdentifier(in: directories.data), says != found
      {
        throw StorageProblem.otherSystem(info.id.text, says: "\(says)", found: "\(found)")
      }
      guard chmod(directories.data, 0o700) == 0 else { throw SystemError("set the mode of \(directories.data)") }
      let configuration = RestoredConfiguration(
        RestoredConfiguration.files(in: directories.data), recovery: recovery, user: NSUserName())
      // All there is, then what makes a server of it.
      let paths = [directories.data] + (directories.wal.map { [$0] } ?? []) + directories.tablespaces
      try DurableFile.syncFileSystems(of: paths)
      try configuration.write(to: directories.data)
      return configuration
    }
  }
}
