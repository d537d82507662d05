import Foundation
import Glibc
import PostgreSQL

/// On which timeline the log in `pg_wal` is at a position.
///
/// The control file says it late, at restart points and with dirty pages, and `pg_stat_wal_receiver` only while there is a
/// walreceiver. The files say it at once: the newest timeline that has the segment, or an earlier one that it began from.
/// Timelines are never numbered twice, so that what a rewind has left behind is older than what it led to.
struct LogTimeline: Sendable {
  private let directory: String
  /// What was found, and when the directory had last changed: each new file changes it.
  private var found: (segment: UInt64, changed: timespec, history: TimelineHistory?)?

  /// - Parameter directory: `pg_wal`.
  init(directory: String) { self.directory = directory }

  /// The timeline of the byte before a position.
  ///
  /// - Returns: nil where the segment is not there.
  mutating func timeline(at position: LSN, segmentSize size: WALSegmentSize) throws -> TimelineID? {
    guard position.byte > 0 else { return nil }
    let segment = (position.byte - 1) / size.bytes
    var information = stat()
    guard stat(directory, &information) == 0 else { return nil }
    let changed = information.st_mtim
    if let found, found.segment == segment, found.changed.tv_sec == changed.tv_sec,
      found.changed.tv_nsec == changed.tv_nsec
    {
      return found.history?.timeline(at: position)
    }
    found = nil
    let names = try FileManager.default.contentsOfDirectory(atPath: directory)
    let segments = names.compactMap { WALSegment(fileName: $0, size: size) }.filter { $0.number == segment }
    guard let newest = segments.map(\.timeline).max() else { return nil }
    let history = try readHistory(newest)
    // The time of a change is that of a clock's tick: of two in one tick the second may not have been seen yet.
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    if now.tv_sec - changed.tv_sec > 1 { found = (segment, changed, history) }
    return history?.timeline(at: position)
  }

  private func readHistory(_ timeline: TimelineID) throws -> TimelineHistory? {
    if timeline == TimelineID(1) { return TimelineHistory(timeline: timeline) }
    let text = try String(contentsOfFile: "\(directory)/\(timeline.historyFileName)", encoding: .utf8)
    return TimelineHistory(timeline: timeline, text: text)
  }
}
