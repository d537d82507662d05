import Foundation
import PostgreSQL
import Testing

@testable import Instance

@Suite("The timeline of a standby's log") struct LogTimelineTests {
  private let directory = FileManager.default.temporaryDirectory.appending(path: "pg_wal-\(UUID())").path
  private let history = "1\t0/3000110\tno recovery target specified\n"

  private func write(_ files: [String: String]) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    for (name, text) in files {
      try text.write(toFile: "\(directory)/\(name)", atomically: false, encoding: .utf8)
    }
  }

  @Test("is the newest that has the segment, from where it began")
  func newest() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try write([
      "000000010000000000000002": "", "000000010000000000000003": "", "000000020000000000000003": "",
      "00000002.history": history,
    ])
    var log = LogTimeline(directory: directory)
    let after = try log.timeline(at: LSN(0x3000111), segmentSize: .standard)
    let fork = try log.timeline(at: LSN(0x3000110), segmentSize: .standard)
    let segmentBefore = try log.timeline(at: LSN(0x3000000), segmentSize: .standard)
    let nowhere = try log.timeline(at: LSN(0x5000000), segmentSize: .standard)
    #expect(after == TimelineID(2))
    #expect(fork == TimelineID(1), "it began there")
    #expect(segmentBefore == TimelineID(1))
    #expect(nowhere == nil, "no such segment")
  }

  @Test("is a new one as soon as its segment is there")
  func change() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try write(["000000010000000000000003": ""])
    var log = LogTimeline(directory: directory)
    let before = try log.timeline(at: LSN(0x3000200), segmentSize: .standard)
    try write(["00000002.history": history, "000000020000000000000003": ""])
    let after = try log.timeline(at: LSN(0x3000200), segmentSize: .standard)
    #expect(before == TimelineID(1) && after == TimelineID(2))
  }

  @Test("is not guessed where its history cannot be read")
  func noHistory() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try write(["000000020000000000000003": ""])
    var log = LogTimeline(directory: directory)
    #expect(throws: (any Error).self) { try log.timeline(at: LSN(0x3000200), segmentSize: .standard) }
  }
}
