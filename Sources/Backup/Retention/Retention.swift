import ObjectStorage
import PostgreSQL

/// Removes what a window no longer needs.
public struct Retention: Sendable {
  let catalogue: Catalogue
  let archive: WALArchive
  let window: RetentionWindow

  public init(catalogue: Catalogue, archive: WALArchive, window: RetentionWindow) {
    self.catalogue = catalogue
    self.archive = archive
    self.window = window
  }

  /// Looks at all there is, and removes what ``RetentionPlan`` says: of each backup first its `backup.info`, so that what is
  /// half removed is never taken for a backup (Barman removes the files first), then its files, and at last the write-ahead
  /// log. Files left by an interruption go a week later.
  ///
  /// - Throws: ``RetentionRefusal`` where a backup cannot be read: what it needs is not known then, so nothing is removed.
  @discardableResult
  public func run(now: UTCTime) async throws -> RetentionPlan {
    let content = try await catalogue.content()
    if let (id, reason) = content.unreadable.min(by: { $0.key < $1.key }) {
      throw RetentionRefusal(id: id, reason: reason)
    }
    let leftovers = try await abandoned(
      content.orphans + content.backups.filter { $0.status == .started }.map(\.id), now: now)
    let backups = content.backups.filter { !leftovers.contains($0.id) }
    var kept: [BackupID: KeepTarget] = [:]
    for backup in backups { kept[backup.id] = try await catalogue.keep(backup.id) }
    let plan = RetentionPlan(window, now: now, backups: backups, kept: kept, files: try await archive.names())
    for id in plan.backups + leftovers { try await remove(id) }
    try await remove(plan.files)
    return plan
  }

  /// What an interrupted backup, upload or removal has left, and nobody has touched for a week: files without a
  /// `backup.info`, and backups that are still said to be under way.
  private func abandoned(_ ids: [BackupID], now: UTCTime) async throws -> [BackupID] {
    let limit = Double(now.adding(seconds: -7 * 86_400).microseconds) / 1_000_000
    var old: [BackupID] = []
    for id in ids where try await catalogue.keep(id) == nil {
      let objects = try await catalogue.store.objects(catalogue.layout.folder(id))
      if objects.allSatisfy({ $0.modified.map { $0 < limit } ?? false }) { old.append(id) }
    }
    return old
  }

  private func remove(_ id: BackupID) async throws {
    try await catalogue.store.delete([catalogue.layout.info(id)])
    try await catalogue.store.delete(catalogue.store.objects(catalogue.layout.folder(id)).map(\.key))
  }

  private func remove(_ files: [WALFileName]) async throws {
    guard !files.isEmpty else { return }
    let names = Set(files)
    let objects = try await archive.store.objects(catalogue.layout.log)
    try await archive.store.delete(
      objects.filter { WALFileName(stored: $0.key.name).map { names.contains($0) } ?? false }.map(\.key))
  }
}

/// Nothing is removed as long as there is a backup of which nobody knows what it needs.
public struct RetentionRefusal: Error, Equatable, CustomStringConvertible {
  public var id: BackupID
  public var reason: String

  public var description: String {
    "backup.info of \(id) cannot be read (\(reason)), so it is not known which write-ahead log it needs. "
      + "Remove or repair that backup."
  }
}
