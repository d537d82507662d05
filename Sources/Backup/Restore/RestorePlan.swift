import PostgreSQL

/// What a restore will do, found out before anything is written: which backup, along which timelines, with how much
/// write-ahead log. What cannot be reached is refused here, in words, instead of after an hour by PostgreSQL.
public struct RestorePlan: Sendable, Equatable {
  public var backup: BackupInfo
  public var target: RestoreTarget
  /// The timeline that recovery goes to; the restored cluster begins the next.
  public var timeline: TimelineID
  /// Segments of write-ahead log without a gap from the backup's beginning on.
  public var segments: Int
  /// The last of them.
  public var lastFile: WALFileName

  /// Where the log without a gap ends.
  public var reach: LSN {
    LSN(
      (backup.beginSegment.map { $0.number } ?? 0) * backup.segmentSize.bytes + UInt64(segments)
        * backup.segmentSize.bytes)
  }

  /// - Throws: ``RestoreRefusal``.
  public init(_ target: RestoreTarget, from survey: ArchiveSurvey) throws(RestoreRefusal) {
    let candidates = try Self.candidates(target, survey)
    guard let chosen = candidates.last(where: { Self.fits($0, target) }) else {
      throw .beforeFirst(target, earliest: candidates.first)
    }
    guard chosen.isCoherent, let end = chosen.end, let own = chosen.timeline, let first = chosen.beginSegment,
      !chosen.segments.isEmpty
    else {
      throw .malformed(chosen.id)
    }
    backup = chosen
    self.target = target
    timeline = target.timeline ?? survey.newestTimeline(from: own, end)
    var number = first.number
    var last: WALFileName?
    while let file = survey.file(number, first.size, to: timeline) {
      last = file
      number += 1
    }
    segments = Int(number - first.number)
    guard let last, number > chosen.segments[chosen.segments.count - 1].number else {
      throw .missing(WALFileName(WALSegment(timeline: own, number: number, size: first.size)), of: chosen.id)
    }
    lastFile = last
    if case .position(let position) = target.stop, position > reach {
      throw .beyond(
        target, reach: reach,
        missing: WALFileName(
          WALSegment(timeline: timeline, number: number, size: first.size)))
    }
  }

  /// Whole backups that lead to the target's timeline, in order of time.
  private static func candidates(
    _ target: RestoreTarget, _ survey: ArchiveSurvey
  ) throws(RestoreRefusal) -> [BackupInfo] {
    let done = survey.backups.filter(\.isDone)
    if let id = target.backup {
      guard let backup = survey.backups.first(where: { $0.id == id }) else {
        throw .noSuchBackup(id, known: done.map(\.id))
      }
      guard backup.isDone else { throw .notDone(id, backup.status?.rawValue ?? "") }
      if let timeline = target.timeline, !leads(backup, timeline, survey) { throw .otherTimeline(id, timeline) }
      return [backup]
    }
    guard !done.isEmpty else { throw .noBackup(unreadable: survey.unreadable.keys.sorted()) }
    guard let timeline = target.timeline else { return done }
    let leading = done.filter { leads($0, timeline, survey) }
    guard !leading.isEmpty else { throw .noBackupOf(timeline) }
    return leading
  }

  private static func leads(_ backup: BackupInfo, _ timeline: TimelineID, _ survey: ArchiveSurvey) -> Bool {
    guard let own = backup.timeline, let end = backup.end else { return false }
    return survey.history(of: timeline).leads(from: own, end)
  }

  private static func fits(_ backup: BackupInfo, _ target: RestoreTarget) -> Bool {
    switch target.stop {
    case .time(let time): backup.endTime.map { $0 <= time } ?? false
    case .position(let position): backup.end.map { $0 <= position } ?? false
    case .endOfLog, .transaction, .name, .consistency: true
    }
  }
}

extension RestorePlan: CustomStringConvertible {
  public var description: String {
    "backup \(backup.id) of \(backup.endTime?.seconds ?? "?") and \(segments) segments of write-ahead log up to "
      + "\(lastFile), on timeline \(timeline), to \(target)"
  }
}

/// Why a target cannot be reached, and what can.
public enum RestoreRefusal: Error, Sendable, Equatable {
  case noBackup(unreadable: [BackupID])
  case noSuchBackup(BackupID, known: [BackupID])
  case notDone(BackupID, String)
  case malformed(BackupID)
  case otherTimeline(BackupID, TimelineID)
  case noBackupOf(TimelineID)
  case beforeFirst(RestoreTarget, earliest: BackupInfo?)
  case missing(WALFileName, of: BackupID)
  case beyond(RestoreTarget, reach: LSN, missing: WALFileName)
}

extension RestoreRefusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noBackup(let unreadable) where unreadable.isEmpty:
      "no target backup found: there is no whole backup at this place. Check destinationPath and serverName."
    case .noBackup(let unreadable):
      "no target backup found: of \(Self.list(unreadable)) backup.info cannot be read, and there is no other backup."
    case .noSuchBackup(let id, let known):
      "no backup found with ID \(id). There are: \(known.isEmpty ? "none" : Self.list(known))."
    case .notDone(let id, let status): "Backup \(id) is not whole (status \(status)): it cannot be restored."
    case .malformed(let id):
      "backup.info of \(id) does not say where the backup begins and ends, or contradicts itself: it is damaged."
    case .otherTimeline(let id, let timeline):
      "Backup \(id) does not lead to timeline \(timeline): its data are not a part of that history."
    case .noBackupOf(let timeline):
      "No backup leads to timeline \(timeline). Leave recoveryTarget.targetTLI out to take the newest."
    case .beforeFirst(let target, let earliest):
      "\(target) lies before the end of the first backup"
        + (earliest.map { " (\($0.id), \($0.endTime?.seconds ?? "?"), position \($0.end.map { "\($0)" } ?? "?"))" }
          ?? "")
        + ". The earliest that can be restored is that."
    case .missing(let file, let id):
      "\(file) is missing from the archive: without it backup \(id) cannot be made consistent. Restore another backup "
        + "(recoveryTarget.backupID), or bring the file back."
    case .beyond(let target, let reach, let missing):
      "\(target) lies beyond the archive, which goes without a gap up to \(reach) (\(missing) is missing)."
    }
  }

  private static func list(_ ids: [BackupID]) -> String { ids.map(\.text).joined(separator: ", ") }
}
