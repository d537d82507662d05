import Backup
import NIOCore
import ObjectStorage
import PostgreSQL
import Testing

/// Where recovery to the end of the log has ended, and whether that is the end of what there is.
@Suite struct RestorePlanEndTests {
  private static let size: UInt64 = 1 << 20

  /// A plan from segment 4 to segment 9, of 1 MB each, and an archive in which segment 6 has a record of `length` bytes at its
  /// 4000th.
  private func fault(
    endedAt end: UInt64, length: UInt32, _ stop: RestoreTarget.Stop = .endOfLog
  ) async throws -> String? {
    let segmentSize = try #require(WALSegmentSize(bytes: Self.size))
    var info = BackupInfo(id: try #require(BackupID("20261127T101500")))
    info.status = .done
    info.segmentSize = segmentSize
    info.beginTime = UTCTime(seconds: 1)
    info.endTime = UTCTime(seconds: 2)
    info.setBegin(LSN(4 * Self.size + 40), on: TimelineID(1))
    info.setEnd(LSN(4 * Self.size + 400), on: TimelineID(1))
    let names = (UInt64(4)...9).map {
      WALFileName(WALSegment(timeline: TimelineID(1), number: $0, size: segmentSize))
    }
    let scratch = try Scratch()
    let archive = WALArchive(store: try DirectoryStore(scratch.path), server: "pg")
    var contents = ByteBuffer(repeating: 0, count: Int(Self.size))
    contents.setInteger(length, at: 4000, endianness: .little)
    contents.setInteger(length, at: 40, endianness: .little)
    let key = try ObjectKey("pg/wals/\(names[2].text.prefix(16))/\(names[2])")
    try await archive.store.write(contents, to: key, options: WriteOptions())
    var target = RestoreTarget()
    target.stop = stop
    let plan = try RestorePlan(target, from: ArchiveSurvey(backups: [info], files: Set(names)))
    #expect(plan.reach == LSN(10 * Self.size))
    return try await plan.fault(endedAt: LSN(end), of: archive)
  }

  @Test func theLastSegmentIsTheEnd() async throws {
    #expect(try await fault(endedAt: 9 * Self.size + 4000, length: 100) == nil)
    #expect(try await fault(endedAt: 9 * Self.size, length: 100) == nil)
    #expect(try await fault(endedAt: 10 * Self.size, length: 100) == nil)
  }

  @Test(
    "in the middle of the archive a record that cannot be read is damaged", arguments: [0, 100, 1 << 20, UInt32.max])
  func damaged(length: UInt32) async throws {
    let fault = try await fault(endedAt: 6 * Self.size + 4000, length: length)
    #expect(fault?.hasPrefix("000000010000000000000006 cannot be read beyond 0/600FA0") == true, "\(fault ?? "")")
  }

  @Test func aRecordThatIsLongerThanTheArchiveIsItsEnd() async throws {
    #expect(try await fault(endedAt: 6 * Self.size + 4000, length: 4 << 20) == nil)
    #expect(try await fault(endedAt: 6 * Self.size, length: 5 << 20) == nil, "behind the header of the page")
  }

  @Test func whoHadATargetHasReachedIt() async throws {
    #expect(try await fault(endedAt: 6 * Self.size + 4000, length: 100, .consistency) == nil)
  }
}
