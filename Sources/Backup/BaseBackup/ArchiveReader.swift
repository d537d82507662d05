import NIOCore
import Processes
import Synchronization

/// Reads an ``ArchiveSource`` away from the tasks' own threads, and no faster than it may.
final class ArchiveReader: Sendable {
  private let source: Mutex<ArchiveSource>
  private let rate: Int?
  private let begin = ContinuousClock.now

  /// - Parameter rate: bytes a second; nil does not limit.
  init(_ source: sending ArchiveSource, rate: Int?) {
    self.source = Mutex(source)
    self.rate = rate
  }

  func next() async throws -> ArchiveSource.Piece {
    let (piece, total) = try await Blocking.run {
      try self.source.withLock { source in (try source.next(), source.bytesRead) }
    }
    if let rate, rate > 0 {
      let due = begin + .seconds(Double(total) / Double(rate))
      if due > .now { try await Task.sleep(until: due) }
    }
    return piece
  }

  func beginPart() { source.withLock { $0.beginPart() } }

  func end(label: String?) -> ByteBuffer { source.withLock { $0.end(label: label) } }

  func report(to summary: inout BaseBackupSummary) {
    let (bytes, files, count, pages) = source.withLock {
      ($0.bytesRead, $0.files, $0.damagedCount, $0.damagedPages)
    }
    summary.bytesRead += bytes
    summary.files += files
    summary.damagedCount += count
    summary.damagedPages += pages
  }

  func abandon() { source.withLock { $0.abandon() } }
}
