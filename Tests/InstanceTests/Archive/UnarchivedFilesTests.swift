import Foundation
import PostgreSQL
import Testing

@testable import Instance

@Suite("What a standby has and the archive may not")
struct UnarchivedFilesTests {
  @Test("All segments up to the end of the log wait to be archived, those that had no mark yet, too")
  func remarked() throws {
    let data = NSTemporaryDirectory() + "unarchived-\(UUID())"
    let marks = "\(data)/pg_wal/archive_status"
    try FileManager.default.createDirectory(atPath: marks, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: data) }
    func touch(_ path: String) throws { try Data().write(to: URL(fileURLWithPath: path)) }
    func name(_ timeline: UInt32, _ number: UInt64) -> String {
      WALSegment(timeline: TimelineID(timeline), number: number).fileName
    }
    // Received: marked as archived. The last one before the end: not marked yet. The next: recycled, of no meaning.
    for number: UInt64 in 3...7 { try touch("\(data)/pg_wal/\(name(2, number))") }
    for number: UInt64 in 3...5 { try touch("\(marks)/\(name(2, number)).done") }
    // Its file is gone; and one of another history.
    try touch("\(marks)/\(name(2, 1)).done")
    try touch("\(data)/pg_wal/\(name(1, 4))")
    try touch("\(marks)/00000002.history.done")

    try UnarchivedFiles(data: data).remark(end: LSN(7 << 24), segmentSize: .standard)

    let after = try FileManager.default.contentsOfDirectory(atPath: marks).sorted()
    #expect(
      after
        == [
          "\(name(2, 1)).done", "\(name(2, 3)).ready", "\(name(2, 4)).ready", "\(name(2, 5)).ready",
          "\(name(2, 6)).ready",
          "00000002.history.done",
        ].sorted())
  }
}
