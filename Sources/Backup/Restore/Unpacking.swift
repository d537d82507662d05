import AsyncAlgorithms
import Glibc
import NIOCore
import ObjectStorage
import PostgreSQL
import Processes
import Synchronization

/// What was unpacked.
public struct UnpackingSummary: Sendable {
  public var bytesFetched: Int64 = 0
  public var bytesWritten: Int64 = 0
  public var files = 0
}

/// Makes a data directory of a backup's archives: each tablespace at its place, links to them, and pg_wal, which no backup
/// contains.
///
/// The archives are fetched and unpacked at the same time, the parts of one in order. Nothing outside of the directories is
/// written to. What is left of an interrupted run is for the caller to know and to remove; that everything is on disk as
/// well (`DurableFile.syncFileSystems`).
public struct Unpacking: Sendable {
  private let store: any ObjectStore
  private let archives: [BackupArchive]
  private let info: BackupInfo
  private let data: String
  private let wal: String?
  private let parallel: Int
  private let progress: (@Sendable (Int64) -> Void)?

  /// - Parameters:
  ///   - archives: all of the backup (``Catalogue/archives(of:)``).
  ///   - data: an empty directory.
  ///   - wal: an empty directory that pg_wal becomes a link to; nil keeps it inside `data`.
  ///   - parallel: archives at the same time.
  ///   - progress: is told how many more bytes were fetched.
  public init(
    store: any ObjectStore, archives: [BackupArchive], info: BackupInfo, data: String, wal: String?, parallel: Int,
    progress: (@Sendable (Int64) -> Void)? = nil
  ) {
    self.store = store
    self.archives = archives
    self.info = info
    self.data = data
    self.wal = wal
    self.parallel = max(1, parallel)
    self.progress = progress
  }

  /// - Throws: ``UnpackingError``, ``TarError``, ``CompressionError``, `ObjectStorageError`, `SystemError`.
  public func run() async throws -> UnpackingSummary {
    let jobs = try jobs()
    return try await withThrowingTaskGroup(of: UnpackingSummary.self) { group in
      var summary = UnpackingSummary()
      var waiting = jobs[...]
      for job in waiting.prefix(parallel) { group.addTask { try await unpack(job) } }
      waiting = waiting.dropFirst(parallel)
      while let done = try await group.next() {
        summary.bytesFetched += done.bytesFetched
        summary.bytesWritten += done.bytesWritten
        summary.files += done.files
        if let job = waiting.popFirst() { group.addTask { try await unpack(job) } }
      }
      try await Blocking.run { try finishDirectories() }
      return summary
    }
  }

  /// The parts of one archive, and where they go.
  private struct Job {
    var parts: [BackupArchive]
    var target: String
  }

  private func jobs() throws(UnpackingError) -> [Job] {
    var jobs: [Job] = []
    let own = Set(["data"] + info.tablespaces.map { String($0.oid) })
    for (name, parts) in Dictionary(grouping: archives.filter({ own.contains($0.name) }), by: \.name) {
      let parts = parts.sorted { $0.part < $1.part }
      guard parts.enumerated().allSatisfy({ $0.offset == $0.element.part }) else {
        throw .missingArchive(info.id, name)
      }
      if name == "data" {
        jobs.append(Job(parts: parts, target: data))
      } else if let tablespace = info.tablespaces.first(where: { String($0.oid) == name }) {
        jobs.append(Job(parts: parts, target: tablespace.location))
      }
    }
    for name in own.sorted() where !archives.contains(where: { $0.name == name }) {
      throw .missingArchive(info.id, name)
    }
    // The largest takes longest.
    return jobs.sorted { $0.parts.reduce(0) { $0 + $1.object.size } > $1.parts.reduce(0) { $0 + $1.object.size } }
  }

  private func unpack(_ job: Job) async throws -> UnpackingSummary {
    let target = job.target
    try await Blocking.run { try EmptyDirectory.ensure(target) }
    var summary = UnpackingSummary()
    for part in job.parts {
      let files = ArchiveExtractor(part.compression, into: target)
      let content = try await store.download(part.object.key)
      summary.bytesFetched += content.information.size
      // The next bytes arrive while the last ones are written.
      let pieces = AsyncThrowingChannel<ByteBuffer, any Error>()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            for try await bytes in content { await pieces.send(bytes) }
            pieces.finish()
          } catch { pieces.fail(error) }
        }
        do {
          for try await bytes in pieces {
            try await files.add(bytes)
            progress?(Int64(bytes.readableBytes))
          }
          let (count, written) = try await files.finish()
          summary.files += count
          summary.bytesWritten += written
        } catch {
          group.cancelAll()
          throw UnpackingError.explained(error, part.object.key)
        }
      }
    }
    return summary
  }

  /// What a backup does not contain and a server needs.
  private func finishDirectories() throws {
    for name in [
      "pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat", "pg_stat_tmp", "pg_subtrans",
      "pg_tblspc", "pg_twophase", "pg_commit_ts",
    ] { try EmptyDirectory.makeIfMissing("\(data)/\(name)") }
    let log = "\(data)/pg_wal"
    if let wal {
      try EmptyDirectory.remove(log)
      try EmptyDirectory.link(log, to: wal)
    } else {
      try EmptyDirectory.makeIfMissing(log)
    }
    try EmptyDirectory.makeIfMissing("\(log)/archive_status")
    for tablespace in info.tablespaces {
      try EmptyDirectory.link("\(data)/pg_tblspc/\(tablespace.oid)", to: tablespace.location)
    }
  }
}

/// Why a backup cannot be unpacked.
public enum UnpackingError: Error, Equatable, CustomStringConvertible {
  case missingArchive(BackupID, String)
  case notEmpty(String)
  case badLocation(String)
  /// What an object holds is not what was stored.
  case damaged(String, String)

  static func explained(_ error: any Error, _ key: ObjectKey) -> any Error {
    switch error {
    case let error as TarError: Self.damaged(key.text, error.description)
    case let error as CompressionError: Self.damaged(key.text, error.description)
    // Names that cannot be made: garbage is read as names before the end of the object tells that it is garbage.
    case let error as SystemError where [ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG, EINVAL, EILSEQ].contains(error.code):
      Self.damaged(key.text, "What it holds are not the files of a server (\(error)).")
    default: error
    }
  }

  public var description: String {
    switch self {
    case .missingArchive(let id, let name): "Backup \(id) is not whole: an object of archive \(name).tar is missing."
    case .notEmpty(let path): "\(path) is not empty. Nothing is overwritten: move what is there elsewhere."
    case .badLocation(let path): "\"\(path)\" cannot be the place of a tablespace: it is no absolute, plain path."
    case .damaged(let key, let text): "Object \(key) cannot be unpacked. \(text)"
    }
  }
}
