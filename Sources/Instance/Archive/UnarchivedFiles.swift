import Foundation
import Glibc
import PostgreSQL
import Processes

/// The marks of `pg_wal/archive_status`.
///
/// A standby marks each segment it receives as archived (`XLogWalRcvClose`), for that is the primary's business. What the
/// primary had not archived when it was lost would so be missing from the archive for ever, and no restore would get past
/// it. So whoever is about to lead marks all it has as still to be archived; what the former primary has archived is found
/// there (``Archiver``), and not uploaded again.
struct UnarchivedFiles: Sendable {
  let data: String

  /// Blocks for some microseconds a segment; there are as many as `wal_keep_size` and `max_wal_size` allow.
  ///
  /// - Parameter end: of the log that this instance has. The segment that ends there may have no mark yet: a walreceiver
  ///   makes it with the first byte of the next.
  func remark(end: LSN, segmentSize: WALSegmentSize) throws {
    let log = "\(data)/pg_wal"
    let marks = "\(log)/archive_status"
    let files = FileManager.default
    for mark in try files.contentsOfDirectory(atPath: marks) where mark.hasSuffix(".done") {
      guard let name = WALFileName(mark.dropLast(5)), name.kind == .segment, access("\(log)/\(name)", F_OK) == 0 else {
        continue
      }
      guard rename("\(marks)/\(mark)", "\(marks)/\(name).ready") == 0 || errno == ENOENT else {
        throw SystemError("rename \(marks)/\(mark)")
      }
    }
    let segments = try files.contentsOfDirectory(atPath: log).compactMap { WALSegment(fileName: $0, size: segmentSize) }
    guard end.byte > 0,
      let timeline = segments.filter({ $0.number == (end.byte - 1) / segmentSize.bytes }).map(\.timeline).max()
    else { return }
    for segment in segments where segment.timeline == timeline && segment.next.start <= end {
      let mark = "\(marks)/\(segment.fileName)"
      guard access("\(mark).ready", F_OK) != 0, access("\(mark).done", F_OK) != 0 else { continue }
      try DurableFile.write([], to: "\(mark).ready", mode: 0o600)
    }
  }
}
