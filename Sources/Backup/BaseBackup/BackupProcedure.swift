import Logging
import ObjectStorage
import PostgreSQL

/// Makes one base backup of a running server, from its beginning to the moment in which it can be restored.
///
/// It counts only once every segment that it needs is in the archive. Whatever comes in between, it is marked as failed in
/// the store, and its files are removed.
public struct BackupProcedure: Sendable {
  private let archive: WALArchive
  private let data: String
  private let settings: BaseBackupSettings
  private let isFast: Bool
  private let switchSegment: @Sendable () async throws -> Void
  private let logger: Logger
  /// Is told when the files are there and what is left is their write-ahead log.
  public var waitsForLog: @Sendable (BackupInfo) async throws -> Void = { _ in }
  /// How long tidying up may take, asked when it comes to that.
  public var patience: @Sendable () -> Duration = { .seconds(300) }
  /// How long the write-ahead log may take to arrive.
  public var limit = Duration.seconds(600)

  /// - Parameters:
  ///   - archive: the write-ahead log that the server archives; the backup goes beside it.
  ///   - data: the server's data directory.
  ///   - isFast: whether it begins with a checkpoint at once.
  ///   - switchSegment: has the primary begin a new segment, so that the one in which the backup ends is archived.
  public init(
    archive: WALArchive, data: String, settings: BaseBackupSettings, isFast: Bool,
    switchSegment: @escaping @Sendable () async throws -> Void, logger: Logger
  ) {
    self.archive = archive
    self.data = data
    self.settings = settings
    self.isFast = isFast
    self.switchSegment = switchSegment
    self.logger = logger
  }

  private var catalogue: Catalogue { Catalogue(store: archive.store, server: archive.server) }

  /// - Throws: ``BackupFailure``, `ObjectStorageError`, `PostgreSQLError`, `SystemError`; there is no backup then.
  public func run(_ session: BackupSession) async throws -> BackupInfo {
    let began = UTCTime.now
    let id = BackupID(at: began)
    let facts = try await session.facts()
    var info = BackupInfo(id: id)
    info.describe(facts, data: data)
    info.name = "backup-" + id.text.filter(\.isNumber)
    info.beginTime = began
    let start = try await session.begin(label: "Barman backup cloud \(id)", isFast: isFast)
    info.status = .started
    let files = BaseBackup(
      store: archive.store, layout: catalogue.layout, id: id, data: data, tablespaces: info.tablespaces,
      settings: settings)
    do {
      try await catalogue.save(info, tags: settings.tags, encryption: settings.encryption)
      let ending = Ended()
      let summary = try await files.copy(from: start, verifiesChecksums: facts.hasChecksums) {
        let end = try await session.end()
        await ending.set(end)
        return end.label
      }
      guard let end = await ending.value, let timeline = session.timeline(of: end.label) else {
        throw BackupFailure.noTimeline
      }
      if let last = end.timeline, last != timeline { throw BackupFailure.otherTimeline(timeline, last) }
      if let page = summary.damagedPages.first { throw BackupFailure.damaged(page, count: summary.damagedCount) }
      info.label = end.label
      info.setBegin(start, on: timeline)
      info.setEnd(end.stop, on: timeline)
      info.endTime = .now
      info.setCopyStatistics(total: summary.seconds, copy: summary.seconds, workers: settings.parallel)
      try await waitsForLog(info)
      try await awaitLog(info, isStandby: facts.isStandby, label: end.label)
      info.status = .done
      try await catalogue.save(info, tags: settings.tags, encryption: settings.encryption)
      return info
    } catch {
      let failed = info
      // Whoever is cancelled still tidies up: hence a task of its own, waited for.
      await Task { await giveUp(failed, files, error) }.value
      throw error
    }
  }

  /// Holds what one closure learns for another.
  private actor Ended {
    private(set) var value: BackupSession.Ending?
    func set(_ value: BackupSession.Ending) { self.value = value }
  }

  /// Until every segment that the backup needs is in the archive.
  private func awaitLog(_ info: BackupInfo, isStandby: Bool, label: String) async throws {
    guard let begin = info.begin, let end = info.end, let first = info.beginSegment, let last = info.endSegment else {
      return
    }
    if isStandby {
      let text = BackupNoteFile.text(label: label, stop: end, in: last, stopped: UTCTime.now.note)
      try await archive.upload(WALFileName(backupFrom: begin, in: first), text: text)
    }
    try await switchSegment()
    let deadline = ContinuousClock.now + limit
    let policy = RetryPolicy(first: .milliseconds(50), limit: .seconds(5))
    for segment in info.segments {
      let name = WALFileName(segment)
      var failures = 0
      while try await !archive.contains(name) {
        guard ContinuousClock.now < deadline else { throw BackupFailure.noLog(name, after: limit) }
        failures += 1
        try await Task.sleep(for: policy.pause(afterFailures: failures, random: 1))
        if failures % 5 == 0 { try await switchSegment() }
      }
    }
  }

  /// What is left in the store is known to be no backup.
  private func giveUp(_ info: BackupInfo, _ files: BaseBackup, _ error: any Error) async {
    var failed = info
    failed.status = .failed
    failed.error = "failure uploading data (\(error))"
    let (info, catalogue) = (failed, catalogue)
    do {
      try await withTimeLimit(patience()) {
        try await catalogue.save(info)
        try await files.cleanUp()
      }
    } catch {
      logger.warning(
        "what is left of a failed backup stays in the store", metadata: ["id": "\(info.id)", "error": "\(error)"])
    }
  }
}

/// Why there is no backup although PostgreSQL and the store did what they should.
public enum BackupFailure: Error, Sendable, Equatable, CustomStringConvertible {
  case damaged(DamagedPage, count: Int)
  case noTimeline
  case otherTimeline(TimelineID, TimelineID)
  case noLog(WALFileName, after: Duration)

  public var description: String {
    switch self {
    case .damaged(let page, let count):
      "\(count) pages are damaged, the first in \(page). The copy is not kept: "
        + "restore these tables from an earlier backup, or fail over to an instance whose pages are whole."
    case .noTimeline: "PostgreSQL did not say on which timeline the backup began."
    case .otherTimeline(let first, let last):
      "Another instance became the primary during the backup: it began on timeline \(first) and ended on \(last). "
        + "The copy is not kept; make another backup."
    case .noLog(let name, let limit):
      "\(name), which the backup needs, did not arrive in the archive within \(limit.components.seconds) s. Why, the "
        + "condition ContinuousArchiving of the Cluster says, or PostgreSQL's log (archive_command)."
    }
  }
}

extension BackupInfo {
  fileprivate mutating func describe(_ facts: BackupSession.Facts, data: String) {
    versionNumber = facts.versionNumber
    systemIdentifier = facts.systemIdentifier
    segmentSize = facts.segmentSize
    clusterSize = facts.size
    setServer(hasChecksums: facts.hasChecksums, summarizesWAL: facts.summarizesWAL)
    setPlaces(
      data: data, configuration: facts.configurationFile, hba: facts.hbaFile, ident: facts.identFile,
      included: facts.includedFiles)
    tablespaces = facts.tablespaces
  }
}
