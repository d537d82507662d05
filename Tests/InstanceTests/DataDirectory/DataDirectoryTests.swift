import Foundation
import PostgreSQL
import Testing

@testable import Instance

@Suite struct DataDirectoryTests {
  private let root = "/tmp/matriarch-data-\(UUID().uuidString.prefix(8))"

  private func make(_ body: (DataDirectory) async throws -> Void) async throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    try await body(DataDirectory(path: "\(root)/volume/pgdata", walPath: "\(root)/wal/pg_wal"))
  }

  private func write(_ name: String, in data: DataDirectory) throws {
    let path = "\(data.path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: path))
  }

  @Test func nothingOrAnEmptyDirectoryIsEmpty() async throws {
    try await make { data in
      #expect(try await data.inspect() == .empty)
      try FileManager.default.createDirectory(atPath: data.path, withIntermediateDirectories: true)
      #expect(try await data.inspect() == .empty)
    }
  }

  @Test("what was begun is incomplete until it is finished", arguments: [IncompleteWork.initialization, .clone])
  func beginning(work: IncompleteWork) async throws {
    try await make { data in
      try write("leftover", in: data)
      try await data.begin(work)
      #expect(try await data.inspect() == .incomplete(work))
      #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).isEmpty, "it starts from nothing")
      try write("PG_VERSION", in: data)
      try write("global/pg_control", in: data)
      #expect(try await data.inspect() == .incomplete(work), "however complete it looks")
      try await data.finish()
      #expect(try await data.inspect() == .complete(isStandby: false))
      try await data.writeStandbySignal()
      #expect(try await data.inspect() == .complete(isStandby: true))
    }
  }

  @Test func aRewindKeepsTheData() async throws {
    try await make { data in
      try write("PG_VERSION", in: data)
      try write("global/pg_control", in: data)
      try await data.begin(.rewind)
      #expect(try await data.inspect() == .incomplete(.rewind))
      try await data.finish()
      #expect(try await data.inspect() == .complete(isStandby: false))
    }
  }

  @Test func whatCannotBeRewoundIsKeptAsideWhenItIsCopied() async throws {
    try await make { data in
      try write("global/pg_control", in: data)
      let wal = try #require(data.walPath)
      try FileManager.default.createDirectory(atPath: wal, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: "\(wal)/000000010000000000000001"))
      try FileManager.default.createSymbolicLink(atPath: "\(data.path)/pg_wal", withDestinationPath: wal)
      try await data.begin(.rewind)
      let kept = try #require(try await data.begin(.clone))
      for file in ["global/pg_control", "pg_wal/000000010000000000000001"] {
        #expect(FileManager.default.fileExists(atPath: "\(kept)/\(file)"), "\(file)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).isEmpty)
      #expect(try FileManager.default.contentsOfDirectory(atPath: wal).isEmpty)
      #expect(try await data.begin(.clone) == nil, "half a copy is worth nothing")
      #expect(FileManager.default.fileExists(atPath: kept))
      #expect(try KeptData(data: data).giveRoom() == false, "as long as there is room")
    }
  }

  @Test func afterARewindNothingIsLeftThatWasWrittenBeyondTheFork() async throws {
    try await make { data in
      let stays = ["000000010000000000000002", "000000020000000000000003", "00000002.history"]
      let goes = ["000000010000000000000003", "000000010000000000000004"]
      for name in stays + goes { try write("pg_wal/\(name)", in: data) }
      let history = try #require(TimelineHistory(timeline: TimelineID(2), text: "1\t0/3079EF0\tno reason\n"))
      try data.removeLog(beyond: history, segmentSize: .standard)
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(data.path)/pg_wal").sorted() == stays.sorted())
    }
  }

  @Test func nothingIsLeftOfATimelineWhosePromotionWasBrokenOff() async throws {
    try await make { data in
      let stays = ["000000360000000000000003", "00000036.history", "archive_status/000000360000000000000003.done"]
      let goes = ["000000370000000000000003", "00000037.history", "archive_status/00000037.history.ready"]
      for name in stays + goes { try write("pg_wal/\(name)", in: data) }
      try data.removeLog(of: TimelineID(0x37))
      for name in stays + goes {
        let isThere = FileManager.default.fileExists(atPath: "\(data.path)/pg_wal/\(name)")
        #expect(isThere == stays.contains(name), "\(name)")
      }
    }
  }

  @Test func aMarkThatCannotBeReadIsOneNevertheless() async throws {
    try await make { data in
      try await data.begin(.rewind)
      try Data("x".utf8).write(to: URL(fileURLWithPath: "\(data.path).incomplete"))
      #expect(try await data.inspect() == .incomplete(.clone))
    }
  }

  @Test func foreignFilesAreNoDatabase() async throws {
    try await make { data in
      try write("photos/holiday.jpg", in: data)
      guard case .damaged(let reason) = try await data.inspect() else {
        Issue.record("it must not be taken for empty")
        return
      }
      #expect(reason.contains(data.path))
    }
  }
}
