import NIOCore
import ObjectStorage
import PostgreSQL

extension RestorePlan {
  /// Why a recovery that was to take all there is has ended too early; nil where it has not.
  ///
  /// PostgreSQL takes a record that it cannot read for the end of the log, says so in its own log alone, and lets clients in
  /// (`ReadRecord` in `src/backend/access/transam/xlogrecovery.c`). In the middle of an archive such a record is damaged;
  /// only where it is so long that it goes on in a segment that nobody has archived the archive does end there.
  ///
  /// - Parameter end: of the last record that was replayed.
  public func fault(endedAt end: LSN, of log: WALArchive) async throws -> String? {
    let size = backup.segmentSize
    guard target.stop == .endOfLog, end.byte + size.bytes < reach.byte else { return nil }
    let text = try await log.text(of: WALFileName(historyOf: timeline))
    let history = text.flatMap { TimelineHistory(timeline: timeline, text: $0) } ?? TimelineHistory(timeline: timeline)
    for candidate in [timeline] + history.branches.reversed().map(\.timeline) {
      let name = WALFileName(WALSegment(timeline: candidate, containing: end, size: size))
      guard let contents = try await log.contents(of: name)?.bytes else { continue }
      let begin = Self.recordBegin(end, size)
      let offset = contents.readerIndex + Int(begin.byte % size.bytes)
      let length = contents.getInteger(at: offset, endianness: .little, as: UInt32.self) ?? 0
      if length > 0, length < 1 << 30, begin.recordEnd(length: length, segmentSize: size) > reach { return nil }
      return
        "\(name) cannot be read beyond \(end): the write-ahead log in it is damaged, and what is archived after it, up "
        + "to \(reach), is of no use. Bring it back from a copy of the bucket, or recover to a target before that position"
    }
    return nil
  }

  /// Behind the header of the page, where the last record has filled the one before.
  private static func recordBegin(_ end: LSN, _ size: WALSegmentSize) -> LSN {
    guard end.byte % 8192 == 0 else { return end }
    return LSN(end.byte + (end.byte % size.bytes == 0 ? 40 : 24))
  }
}
