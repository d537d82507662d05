import ObjectStorage
import PostgreSQL

/// What there is to restore from: the backups, the files of write-ahead log, and how the timelines hang together.
public struct ArchiveSurvey: Sendable {
  public var backups: [BackupInfo]
  /// Backups of which nothing can be read, and why.
  public var unreadable: [BackupID: String]
  public var files: Set<WALFileName>
  public var histories: [TimelineID: TimelineHistory]

  public init(
    backups: [BackupInfo], unreadable: [BackupID: String] = [:], files: Set<WALFileName>,
    histories: [TimelineID: TimelineHistory] = [:]
  ) {
    self.backups = backups
    self.unreadable = unreadable
    self.files = files
    self.histories = histories
  }

  /// Reads all of it.
  public init(_ catalogue: Catalogue, _ archive: WALArchive) async throws {
    let content = try await catalogue.content()
    let files = try await archive.names()
    var histories: [TimelineID: TimelineHistory] = [:]
    for file in files where file.kind == .history {
      guard let text = try await archive.text(of: file),
        let history = TimelineHistory(timeline: file.timeline, text: text)
      else { continue }
      histories[file.timeline] = history
    }
    self.init(backups: content.backups, unreadable: content.unreadable, files: files, histories: histories)
  }

  /// Timeline 1 has no history file.
  func history(of timeline: TimelineID) -> TimelineHistory {
    histories[timeline] ?? TimelineHistory(timeline: timeline)
  }

  /// The newest timeline on which the data at a position go on.
  func newestTimeline(from timeline: TimelineID, _ position: LSN) -> TimelineID {
    histories.values.filter { $0.leads(from: timeline, position) }.map(\.timeline).max().map { max($0, timeline) }
      ?? timeline
  }

  /// The file with a segment of the log on the way to a timeline: of the newest that has it, as PostgreSQL looks for it.
  func file(_ number: UInt64, _ size: WALSegmentSize, to timeline: TimelineID) -> WALFileName? {
    let history = history(of: timeline)
    var candidates = [timeline]
    candidates += history.branches.reversed().map(\.timeline)
    for candidate in candidates {
      // A timeline has no segment before the one in which it began.
      if let index = history.branches.firstIndex(where: { $0.timeline == candidate }), index > 0,
        number < history.branches[index - 1].end.byte / size.bytes
      {
        continue
      }
      let name = WALFileName(WALSegment(timeline: candidate, number: number, size: size))
      if files.contains(name) { return name }
      if let partial = WALFileName("\(name).partial"), files.contains(partial) { return partial }
    }
    return nil
  }
}
