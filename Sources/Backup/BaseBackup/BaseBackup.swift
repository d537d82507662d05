import AsyncAlgorithms
import NIOCore
import ObjectStorage
import PostgreSQL

/// How a base backup is stored.
public struct BaseBackupSettings: Sendable, Equatable {
  public var compression = Compression.none
  /// Parts of an object on their way at the same time, and threads that compress.
  public var parallel = 2
  public var tags: [String: String] = [:]
  public var encryption: ServerSideEncryption?
  /// Bytes a second that are read at most.
  public var readRate: Int?
  /// Bytes of one archive before compression; Barman's default.
  public var archiveLimit: Int64 = 100 << 30

  public init() {}
}

/// What was copied.
public struct BaseBackupSummary: Sendable {
  public var bytesRead: Int64 = 0
  public var bytesStored: Int64 = 0
  public var files = 0
  /// The first of them.
  public var damagedPages: [DamagedPage] = []
  public var damagedCount = 0
  public var seconds = 0.0
}

/// Copies a running server's files into an object store: each tablespace as an archive, then the data directory.
///
/// Reading, compressing and sending go on at the same time; what is in memory is a few pieces of a megabyte and the parts on
/// their way, whatever the size of the database.
public struct BaseBackup: Sendable {
  private let store: any ObjectStore
  private let layout: ObjectLayout
  private let id: BackupID
  private let data: String
  private let tablespaces: [BackupInfo.Tablespace]
  private let settings: BaseBackupSettings

  public init(
    store: any ObjectStore, layout: ObjectLayout, id: BackupID, data: String, tablespaces: [BackupInfo.Tablespace],
    settings: BaseBackupSettings
  ) {
    self.store = store
    self.layout = layout
    self.id = id
    self.data = data
    self.tablespaces = tablespaces
    self.settings = settings
  }

  /// - Parameters:
  ///   - start: where PostgreSQL says that the backup begins.
  ///   - verifiesChecksums: the data have them.
  ///   - end: called when all files are read, `pg_control` last; ends the backup in PostgreSQL and returns the text of
  ///     `backup_label`, which becomes the last member.
  public func copy(
    from start: LSN, verifiesChecksums: Bool, end: () async throws -> String
  ) async throws -> BaseBackupSummary {
    let clock = ContinuousClock.now
    var summary = BaseBackupSummary()
    for tablespace in tablespaces {
      let walk = DirectoryWalk(root: tablespace.location) { $0.hasPrefix("PG_") }
      let source = ArchiveSource(
        root: tablespace.location, walk: walk, limit: settings.archiveLimit, start: verifiesChecksums ? start : nil)
      try await copy(source, as: String(tablespace.oid), &summary) { nil }
    }
    let source = ArchiveSource(
      root: data, walk: DirectoryWalk(root: data), last: ["global/pg_control"], limit: settings.archiveLimit,
      start: verifiesChecksums ? start : nil)
    try await copy(source, as: "data", &summary, label: end)
    summary.seconds = (ContinuousClock.now - clock) / .seconds(1)
    return summary
  }

  /// Removes what was stored, but not `backup.info`, which says what became of it.
  public func cleanUp() async throws {
    let info = try layout.info(id)
    try await store.delete(store.objects(layout.folder(id)).map(\.key).filter { $0 != info })
  }

  private func copy(
    _ source: sending ArchiveSource, as name: String, _ summary: inout BaseBackupSummary,
    label: () async throws -> String?
  ) async throws {
    let reader = ArchiveReader(source, rate: settings.readRate)
    defer { reader.abandon() }
    var part = 0
    var isFinished = false
    while !isFinished {
      let key = try layout.archive(name, part: part, of: id, settings.compression)
      summary.bytesStored += try await store.upload(
        to: key, options: WriteOptions(tags: settings.tags, encryption: settings.encryption),
        parallel: settings.parallel
      ) { isFinished = try await write(reader, to: $0, label: label) }
      part += 1
    }
    reader.report(to: &summary)
  }

  /// One archive.
  ///
  /// - Returns: whether it is the last.
  private func write(
    _ reader: ArchiveReader, to writer: UploadWriter, label: () async throws -> String?
  ) async throws -> Bool {
    // Not all of the threads that others wait for, too.
    let compression = ParallelCompression(settings.compression, threads: min(settings.parallel, 4))
    reader.beginPart()
    // Whoever is faster waits: a piece is handed over only when it is taken.
    let pieces = AsyncThrowingChannel<ArchiveSource.Piece, any Error>()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          while true {
            let piece = try await reader.next()
            await pieces.send(piece)
            guard case .bytes = piece else { break }
          }
        } catch { pieces.fail(error) }
      }
      var iterator = pieces.makeAsyncIterator()
      var isLast = false
      var isEnded = false
      try await compression.run {
        if isEnded { return nil }
        let piece = try await iterator.next()
        if case .bytes(let bytes) = piece { return bytes }
        isEnded = true
        if case .end = piece { isLast = true }
        // PostgreSQL is told that the backup ends once all of its files are read.
        return reader.end(label: isLast ? try await label() : nil)
      } write: {
        try await writer.write($0)
      }
      return isLast
    }
  }
}
