import Foundation
import PostgreSQL
import Testing

@testable import Instance

@Suite("The timeline of a standby's log") struct LogTimelineTests {
  private let directory = FileManager.default.temporaryDirectory.appending(path: "pg_wal-\(UUID())").path

  private func with(_ files: [String: String], _ body: (inout LogTimeline) throws -> Void) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for (name, text) in files {
      try text.write(toFile: "\(directory)/\(name)", atomically: false, encoding: .utf8)
    }
    var timeline = LogTimeline(directory: directory)
    try body(&timeline)
  }

  private let history = "1\t0/3000110\tno recovery target specified\n"

  @Test("is the newest that has the segment, from where it began")
  func newest() throws {
    let files = [
      "000000010000000000000002": "", "000000010000000000000003": "", "000000020000000000000003": "",
      "00000002.history": history,
    ]
    try with(files) { log in
      #expect(try log.timeline(at: LSN(0x3000111), segmentSize: .standard) == TimelineID(2))
      #expect(try log.timeline(at: LSN(0x3000110), segmentSize: .standard) == TimelineID(1), "it began there")
      #expect(try log.timeline(at: LSN(0x3000000), segmentSize: .standard) == TimelineID(1), "the end of the one before")
      #expect(try log.timeline(at: LSN(0x5000000), segmentSize: .standard) == nil, "no such segment")
    }
  }

  @Test("is a new one as soon as its segment is there")
  func change() throws {
    try with(["000000010000000000000003": ""]) { log in
      #expect(try log.timeline(at: LSN(0x3000200), segmentSize: .standard) == TimelineID(1))
      try history.write(toFile: "\(directory)/00000002.history", atomically: false, encoding: .utf8)
      try "".write(toFile: "\(directory)/000000020000000000000003", atomically: false, encoding: .utf8)
      #expect(try log.timeline(at: LSN(0x3000200), segmentSize: .standard) == TimelineID(2))
    }
  }

  @Test("is not guessed where its history cannot be read")
  func noHistory() throws {
    try with(["000000020000000000000003": ""]) { log in
      #expect(throws: (any Error).self) { try log.timeline(at: LSN(0x3000200), segmentSize: .standard) }
    }
  }
}
