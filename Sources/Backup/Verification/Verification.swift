import FoundationEssentials
import Glibc
import Logging
import ObjectStorage
import PostgreSQL
import Processes

/// Proves a backup by restoring it: into a directory of its own, with the write-ahead log it needs, started, and looked
/// through. A backup that nobody has restored is a hope.
///
/// What runs there has nothing to do with the cluster: it listens on no address, archives nothing, and is removed.
public struct Verification: Sendable {
  private let catalogue: Catalogue
  private let archive: WALArchive
  private let info: BackupInfo
  private let directory: String
  private let programs: String
  private let logger: Logger

  /// - Parameters:
  ///   - directory: made for it and removed after it, with room for the whole database. Its path is short enough for a
  ///     socket in it (107 bytes).
  ///   - programs: the directory of `postgres`, of the backup's major version.
  public init(
    catalogue: Catalogue, archive: WALArchive, info: BackupInfo, directory: String, programs: String, logger: Logger
  ) {
    self.catalogue = catalogue
    self.archive = archive
    self.info = info
    self.directory = directory
    self.programs = programs
    self.logger = logger
  }

  /// What was done, each in a few words.
  public struct Report: Sendable, Equatable {
    public var checks: [String] = []
    public var seconds = 0.0
  }

  /// - Throws: ``VerificationFailure`` for a backup that cannot be restored or is not whole; `ObjectStorageError` where
  ///   nobody knows.
  public func run() async throws -> Report {
    let start = ContinuousClock.now
    try await remove()
    do {
      var report = try await restoreAndCheck()
      try await remove()
      report.seconds = (ContinuousClock.now - start) / .seconds(1)
      return report
    } catch {
      let failed = error
      await Task { try? await remove() }.value
      throw failed
    }
  }

  private var data: String { "\(directory)/data" }

  private func remove() async throws {
    let directory = directory
    try await Blocking.run {
      guard FileManager.default.fileExists(atPath: directory) else { return }
      try FileManager.default.removeItem(atPath: directory)
    }
  }

  private func restoreAndCheck() async throws -> Report {
    try await checkRoom()
    try await unpack()
    var report = Report()
    let server = VerificationServer(data: data, socket: directory, programs: programs, logger: logger)
    let control = try await server.prepare()
    guard info.systemIdentifier == nil || info.systemIdentifier == control.systemIdentifier else {
      throw VerificationFailure("its files are of system \(control.systemIdentifier)")
    }
    report.checks.append("restored, with \(info.segments.count) segments of write-ahead log")
    try await server.run {
      try await server.awaitPromotion()
      report.checks.append("started, and consistent")
      report.checks.append("\(try await server.countDatabases()) databases opened")
      if try await server.checkRelations() { report.checks.append("pg_amcheck found nothing") }
    }
    if control.dataChecksums {
      try await server.checkPages()
      report.checks.append("all page checksums are right")
    }
    return report
  }

  private func checkRoom() async throws {
    let (directory, wanted) = (directory, UInt64(max(0, info.clusterSize ?? 0)))
    let free = try await Blocking.run { () throws -> UInt64 in
      try FileManager.default.createDirectory(
        atPath: "\(directory)/data", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      var information = statvfs()
      guard statvfs(directory, &information) == 0 else { throw SystemError("look at \(directory)") }
      return UInt64(information.f_bavail) * UInt64(information.f_frsize)
    }
    // The database, its log, and what the server itself needs; a third stays for the cluster.
    let needed = wanted + wanted / 3 + UInt64(info.segments.count + 4) * info.segmentSize.bytes
    guard free > needed else {
      throw VerificationFailure(
        "there is no room for it: \(needed >> 20) MiB are needed at \(directory), \(free >> 20) MiB are free")
    }
  }

  private func unpack() async throws {
    guard info.tablespaces.isEmpty else {
      throw VerificationFailure("its tablespaces would have to be restored to where the cluster's are")
    }
    do {
      _ = try await Unpacking(
        store: catalogue.store, archives: catalogue.archives(of: info.id), info: info, data: data, wal: nil, parallel: 1
      ).run()
      for segment in info.segments {
        let name = WALFileName(segment)
        guard try await archive.fetch(name, to: "\(data)/pg_wal/\(name)") else {
          throw VerificationFailure("\(name), which it needs, is not in the archive")
        }
      }
    } catch let error as UnpackingError { throw VerificationFailure(error.description) } catch let error
      as WALArchiveError
    {
      throw VerificationFailure(error.description)
    }
  }
}

/// Why a backup is not what it should be, in words for people.
public struct VerificationFailure: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
