import PostgreSQL

/// Which backups and which write-ahead log are no longer needed, by Barman's rules (`RECOVERY WINDOW OF n DAYS`).
///
/// Going back in time, every whole backup is needed up to and including the first that ended before the window: from it the
/// window's beginning is reached. So there is always one that is older than the window, and never none. Write-ahead log goes
/// only with the oldest backup, up to where the next one that stays begins, and only on timelines that none of those that
/// stay needs.
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
    _ window: RetentionWindow, now: UTCTime, backups all: [BackupInfo], kept: Set<BackupID>, files: Set<WALFileName>
  ) {
    let beginning = window.beginning(now: now)
    let done = all.filter(\.isDone).sorted { $0.id < $1.id }
    guard let bridge = done.lastIndex(where: { ($0.endTime ?? now) < beginning }) else {
      self = .nothing
      return
    }
    let obsolete = done[..<bridge].filter { !kept.contains($0.id) }
    guard !obsolete.isEmpty else {
      self = .nothing
      return
    }
    let removed = Set(obsolete.map(\.id))
    // Those that are being made, or of which nobody knows what became of them, need their log, too.
    let staying = all.filter { !removed.contains($0.id) && $0.status != .failed }
    self.backups = obsolete.map(\.id)
    self.files = Self.unneeded(files, staying: staying, oldestGoes: done.first.map { removed.contains($0.id) } ?? false)
  }

  private static func unneeded(
    _ files: Set<WALFileName>, staying: [BackupInfo], oldestGoes: Bool
  ) -> [WALFileName] {
    // One that does not say where it begins may need anything.
    guard oldestGoes, staying.allSatisfy({ $0.beginSegment != nil || $0.status == .started }) else { return [] }
    let firsts = staying.compactMap(\.beginSegment)
    guard let oldest = firsts.min(by: { ($0.timeline, $0.number) < ($1.timeline, $1.number) }) else { return [] }
    return files.filter { file in
      guard let name = file.segmentName else { return false }
      if file.timeline > oldest.timeline { return false }
      // Names of one timeline are in the order of the log.
      if file.timeline == oldest.timeline { return name < oldest.fileName }
      return !firsts.contains { $0.timeline == file.timeline }
    }.sorted { $0.text < $1.text }
  }
}
