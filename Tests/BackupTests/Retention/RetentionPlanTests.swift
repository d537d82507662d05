import Backup
import Foundation
import NIOCore
import ObjectStorage
import PostgreSQL
import Testing

@Suite struct RetentionPlanTests {
  private static let day: Int64 = 86_400
  private static let now = UTCTime(seconds: 1_800_000_000)

  /// A whole backup that ended so many days ago.
  private static func backup(
    daysAgo: Int64, from segment: UInt64, timeline: UInt32 = 1, status: BackupInfo.Status = .done
  ) throws -> BackupInfo {
    let end = now.adding(seconds: -daysAgo * day)
    var info = BackupInfo(id: BackupID(at: end.adding(seconds: -600)))
    info.status = status
    info.beginTime = end.adding(seconds: -600)
    info.endTime = status == .started ? nil : end
    info.setBegin(LSN(segment << 24 | 40), on: TimelineID(timeline))
    if status != .started { info.setEnd(LSN((segment + 1) << 24 | 40), on: TimelineID(timeline)) }
    return info
  }

  private static func file(_ number: UInt64, timeline: UInt32 = 1) -> WALFileName {
    WALFileName(WALSegment(timeline: TimelineID(timeline), number: number))
  }

  private static func files(_ numbers: ClosedRange<UInt64>, timeline: UInt32 = 1) -> Set<WALFileName> {
    Set(numbers.map { file($0, timeline: timeline) })
  }

  private func plan(
    _ window: String, _ backups: [BackupInfo], kept: [BackupID: KeepTarget] = [:], files: Set<WALFileName>
  ) throws -> RetentionPlan {
    RetentionPlan(try #require(RetentionWindow(window)), now: Self.now, backups: backups, kept: kept, files: files)
  }

  @Test func oneBackupOlderThanTheWindowStays() throws {
    let backups = try [10, 8, 6, 1].enumerated().map { try Self.backup(daysAgo: $1, from: UInt64(10 + $0 * 10)) }
    let plan = try plan("7d", backups, files: Self.files(1...60))
    #expect(plan.backups == [backups[0].id])
    #expect(plan.files == (1...19).map { Self.file($0) }, "up to where the second begins")
  }

  @Test func theOnlyBackupStaysHoweverOldItIs() throws {
    let only = try Self.backup(daysAgo: 400, from: 10)
    #expect(try plan("1d", [only], files: Self.files(1...60)) == .nothing)
  }

  @Test func failedOnesCountForNothing() throws {
    let good = try Self.backup(daysAgo: 20, from: 10)
    let failed = try Self.backup(daysAgo: 10, from: 20, status: .failed)
    #expect(try plan("7d", [good, failed], files: Self.files(1...60)) == .nothing)
  }

  @Test func oneUnderWayKeepsItsLog() throws {
    let backups = try [
      Self.backup(daysAgo: 20, from: 10), Self.backup(daysAgo: 15, from: 5, status: .started),
      Self.backup(daysAgo: 10, from: 20),
    ]
    let plan = try plan("7d", backups, files: Self.files(1...30))
    #expect(plan.backups == [backups[0].id])
    #expect(plan.files == (1...4).map { Self.file($0) })
  }

  @Test func oneKeptInFullKeepsAllLogSince() throws {
    let backups = try [30, 20, 10, 1].enumerated().map { try Self.backup(daysAgo: $1, from: UInt64(10 + $0 * 10)) }
    let plan = try plan("7d", backups, kept: [backups[0].id: .full], files: Self.files(1...60))
    #expect(plan.backups == [backups[1].id])
    #expect(plan.files == (1...9).map { Self.file($0) })
  }

  @Test func oneKeptForItselfKeepsOnlyItsOwnLog() throws {
    let backups = try [30, 20, 10, 1].enumerated().map { try Self.backup(daysAgo: $1, from: UInt64(10 + $0 * 10)) }
    let plan = try plan("7d", backups, kept: [backups[0].id: .standalone], files: Self.files(1...60))
    #expect(plan.backups == [backups[1].id])
    #expect(plan.files == (1...29).filter { $0 != 10 && $0 != 11 }.map { Self.file($0) })
  }

  @Test func historiesStayAndNotesGoWithTheirSegments() throws {
    let backups = try [10, 8, 1].enumerated().map {
      try Self.backup(daysAgo: $1, from: UInt64(10 + $0 * 10), timeline: 2)
    }
    let names = ["00000002.history", "00000001000000000000000A.partial", "00000002000000000000000A.00000028.backup"]
    let files = Set(names.compactMap { WALFileName($0) })
    let plan = try plan("7d", backups, files: files.union(Self.files(1...40, timeline: 2)))
    #expect(plan.files.map(\.text).filter { names.contains($0) } == Array(names.dropFirst()))
  }

  @Test("a window is a number of days, weeks or months", arguments: [("7d", 7), ("2w", 14), ("3m", 93)])
  func windows(text: String, days: Int64) throws {
    #expect(try #require(RetentionWindow(text)).days == days)
  }

  @Test(arguments: ["", "d", "0d", "07d", "7", "-1d", "+1d", "7y", "7 d", "99999999999999999999d"])
  func noWindow(text: String) { #expect(RetentionWindow(text) == nil) }

  /// Whatever the history, what the window needs stays.
  @Test("the window is always reachable", arguments: UInt64(0)..<400) func property(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(_ limit: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % limit
    }
    var backups: [BackupInfo] = []
    var files: Set<WALFileName> = []
    var kept: [BackupID: KeepTarget] = [:]
    var segment: UInt64 = 1
    var timeline: UInt32 = 1
    for daysAgo in stride(from: Int64(60), to: 0, by: -Int(1 + random(8))) {
      let status: BackupInfo.Status = [.done, .done, .done, .failed, .started][Int(random(5))]
      let info = try Self.backup(daysAgo: daysAgo, from: segment, timeline: timeline, status: status)
      backups.append(info)
      if random(6) == 0 { kept[info.id] = random(2) == 0 ? .full : .standalone }
      for _ in 0...random(6) {
        files.insert(Self.file(segment, timeline: timeline))
        segment += 1
      }
      if random(5) == 0 {
        files.insert(WALFileName(historyOf: TimelineID(timeline + 1)))
        timeline += 1
        segment -= 1
      }
    }
    files.insert(Self.file(segment, timeline: timeline))
    let window = try #require(RetentionWindow("\(1 + random(50))d"))
    let plan = RetentionPlan(window, now: Self.now, backups: backups, kept: kept, files: files)

    let removed = Set(plan.backups)
    let staying = backups.filter { !removed.contains($0.id) }
    let beginning = window.beginning(now: Self.now)
    #expect(removed.isDisjoint(with: kept.keys))
    #expect(backups.filter { removed.contains($0.id) }.allSatisfy { $0.isDone }, "others are left alone")
    let done = backups.filter(\.isDone)
    if !done.isEmpty { #expect(staying.contains { $0.isDone }) }
    if done.contains(where: { $0.endTime! < beginning }) {
      #expect(staying.contains { $0.isDone && $0.endTime! < beginning }, "the window's beginning is reached")
    }
    #expect(done.filter { $0.endTime! >= beginning }.allSatisfy { !removed.contains($0.id) })
    // Nothing that a backup that stays may be recovered along.
    let gone = Set(plan.files)
    #expect(gone.allSatisfy { $0.kind != .history })
    for backup in staying where backup.status != .failed {
      if kept[backup.id] == .standalone {
        #expect(backup.segments.allSatisfy { !gone.contains(WALFileName($0)) })
        continue
      }
      let first = try #require(backup.beginSegment).fileName
      #expect(gone.allSatisfy { $0.text < first }, "\(backup.id)")
    }
    // A second time there is nothing left to do.
    let again = RetentionPlan(window, now: Self.now, backups: staying, kept: kept, files: files.subtracting(gone))
    #expect(again == .nothing)
  }
}

@Suite struct RetentionTests {
  @Test func itRemovesWhatThePlanSays() async throws {
    let scratch = try Scratch()
    let store = try DirectoryStore("\(scratch.path)/store")
    let catalogue = Catalogue(store: store, server: "pg")
    let archive = WALArchive(store: store, server: "pg")
    let now = UTCTime.now
    var ids: [BackupID] = []
    for (daysAgo, segment) in [(Int64(30), UInt64(2)), (20, 5), (1, 9)] {
      let end = now.adding(seconds: -daysAgo * 86_400)
      var info = BackupInfo(id: BackupID(at: end))
      info.status = .done
      info.beginTime = end
      info.endTime = end
      info.setBegin(LSN(segment << 24 | 40), on: TimelineID(1))
      info.setEnd(LSN(segment << 24 | 400), on: TimelineID(1))
      try await catalogue.save(info)
      try await store.write(
        ByteBuffer(string: "x"), to: catalogue.layout.archive("data", part: 0, of: info.id, .gzip),
        options: WriteOptions())
      ids.append(info.id)
    }
    for number in UInt64(1)...10 {
      let name = WALFileName(WALSegment(timeline: TimelineID(1), number: number)).text
      try await store.write(
        ByteBuffer(string: "x"), to: ObjectKey("pg/wals/0000000100000000/\(name).gz"), options: WriteOptions())
    }
    let retention = Retention(catalogue: catalogue, archive: archive, window: try #require(RetentionWindow("7d")))
    let plan = try await retention.run(now: now)
    #expect(plan.backups == [ids[0]])
    #expect(try await catalogue.content().backups.map(\.id) == Array(ids.dropFirst()))
    #expect(try await store.objects(catalogue.layout.folder(ids[0])).isEmpty)
    #expect(try await archive.names().map(\.text).min() == "000000010000000000000005")
    #expect(try await archive.names().count == 6)

    // One that cannot be read stops everything.
    try await store.write(ByteBuffer(string: "?"), to: catalogue.layout.info(ids[1]), options: WriteOptions())
    await #expect(throws: RetentionRefusal.self) { try await retention.run(now: now.adding(seconds: 90 * 86_400)) }
    #expect(try await store.objects(catalogue.layout.folder(ids[2])).count == 2)
  }

  @Test("what was left behind goes after a week without a touch") func leftovers() async throws {
    let scratch = try Scratch()
    let store = try DirectoryStore("\(scratch.path)/store")
    let catalogue = Catalogue(store: store, server: "pg")
    let retention = Retention(
      catalogue: catalogue, archive: WALArchive(store: store, server: "pg"), window: try #require(RetentionWindow("7d"))
    )
    var started = BackupInfo(id: try #require(BackupID("20261101T000000")))
    started.status = .started
    try await catalogue.save(started)
    let orphan = try #require(BackupID("20261102T000000"))
    for id in [started.id, orphan] {
      try await store.write(
        ByteBuffer(string: "x"), to: catalogue.layout.archive("data", part: 0, of: id, .none), options: WriteOptions())
    }
    try await retention.run(now: .now.adding(seconds: 6 * 86_400))
    #expect(try await store.objects("pg/base/").count == 3)
    try await retention.run(now: .now.adding(seconds: 8 * 86_400))
    #expect(try await store.objects("pg/base/").isEmpty)
  }
}
