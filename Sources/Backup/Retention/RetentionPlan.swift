import PostgreSQL

/// Which backups and which write-ahead log are no longer needed, by Barman's rules (`RECOVERY WINDOW OF n DAYS`).
///
/// Going back in time, every whole backup is needed up to and including the first that ended before the window: from it the
/// window's beginning is reached. So there is always one that is older than the window, and never none.
///
/// Write-ahead log goes only together with a backup, and only what lies before the beginning of every backup that stays: what
/// it may be recovered along is all on its own timeline behind that, or on later ones. Of a backup that is kept for itself
/// (``KeepTarget/standalone``) what it takes to make it consistent stays. Histories always stay.
public struct RetentionPlan: Sendable, Equatable {
  /// Backups to remove, the oldest first.
  public var backups: [BackupID]
  /// Files to remove after them.
  public var files: [WALFileName]

  public static let nothing = RetentionPlan(backups: [], files: [])

  private init(backups: [BackupID], files: [WALFileName]) {
    self.backups = backups
    self.files = files
  }

  /// - Parameters:
  ///   - kept: backups that somebody has asked to keep.
  ///   - files: of the archive.
  public init(
    _ window: RetentionWindow, now: UTCTime, backups all: [BackupInfo], kept: [BackupID: KeepTarget],
    files: Set<WALFileName>
  ) {
    let beginning = window.beginning(now: now)
    let done = all.filter(\.isDone).sorted { $0.id < $1.id }
    guard let bridge = done.lastIndex(where: { ($0.endTime ?? now) < beginning }) else {
      self = .nothing
      return
    }
    let obsolete = done[..<bridge].filter { kept[$0.id] == nil }
    guard !obsolete.isEmpty else {
      self = .nothing
      return
    }
    let removed = Set(obsolete.map(\.id))
    // Those that are being made, or of which nobody knows what became of them, need their log, too.
    let staying = all.filter { !removed.contains($0.id) && $0.status != .failed }
    // In the window even one that is kept for itself may be recovered from to any moment.
    let alone = done[..<bridge].filter { kept[$0.id] == .standalone }
    self.backups = obsolete.map(\.id)
    self.files = Self.unneeded(
      files, leading: staying.filter { backup in !alone.contains { $0.id == backup.id } }, alone: alone)
  }

  private static func unneeded(
    _ files: Set<WALFileName>, leading: [BackupInfo], alone: [BackupInfo]
  ) -> [WALFileName] {
    let firsts = leading.compactMap(\.beginSegment).map(\.fileName)
    // One that does not say where it begins may need anything.
    guard let first = firsts.min(), firsts.count == leading.count, alone.allSatisfy({ !$0.segments.isEmpty }) else {
      return []
    }
    let ranges = alone.compactMap { backup in
      backup.beginSegment.flatMap { first in backup.endSegment.map { first.fileName...$0.fileName } }
    }
    // Names are in the order of timelines, and on one of them in that of the log.
    return files.filter { file in
      guard let name = file.segmentName else { return false }
      return name < first && !ranges.contains { $0.contains(name) }
    }.sorted { $0.text < $1.text }
  }
}
