import Backup
import PostgreSQL
import Testing

@Suite struct RestorePlanTests {
  private static let begin: Int64 = 1_800_000_000

  /// Ends an hour after the one before, from segment 10, 20, 30 on; the third is on timeline 2, which begins in segment 25.
  private static func survey(files: Set<WALFileName>? = nil) throws -> ArchiveSurvey {
    let backups = (0..<3).map { index in
      let end = UTCTime(seconds: begin + Int64(index) * 3600)
      var info = BackupInfo(id: BackupID(at: end.adding(seconds: -600)))
      info.status = .done
      info.beginTime = end.adding(seconds: -600)
      info.endTime = end
      let timeline = TimelineID(index == 2 ? 2 : 1)
      info.setBegin(LSN(UInt64(10 + index * 10) << 24 | 40), on: timeline)
      info.setEnd(LSN(UInt64(11 + index * 10) << 24 | 40), on: timeline)
      return info
    }
    let history = try #require(TimelineHistory(timeline: TimelineID(2), text: "1\t0/19000100\tno recovery target\n"))
    let all = Set((UInt64(10)...28).map { file($0, 1) } + (25...40).map { file($0, 2) })
    return ArchiveSurvey(backups: backups, files: files ?? all, histories: [TimelineID(2): history])
  }

  private static func file(_ number: UInt64, _ timeline: UInt32) -> WALFileName {
    WALFileName(WALSegment(timeline: TimelineID(timeline), number: number))
  }

  private func target(_ stop: RestoreTarget.Stop, timeline: UInt32? = nil) -> RestoreTarget {
    var target = RestoreTarget()
    target.stop = stop
    target.timeline = timeline.map { TimelineID($0) }
    return target
  }

  @Test func withoutATargetTheNewestBackupGoesToTheEnd() throws {
    let survey = try Self.survey()
    let plan = try RestorePlan(RestoreTarget(), from: survey)
    #expect(plan.backup.id == survey.backups[2].id)
    #expect(plan.timeline == TimelineID(2))
    #expect(plan.segments == 11)
    #expect(plan.lastFile == Self.file(40, 2))
  }

  @Test func aTimeTakesTheNewestBackupThatEndedBefore() throws {
    let survey = try Self.survey()
    let time = UTCTime(seconds: Self.begin + 3600 + 60)
    let plan = try RestorePlan(target(.time(time)), from: survey)
    #expect(plan.backup.id == survey.backups[1].id)
    #expect(plan.timeline == TimelineID(2), "its history goes on there")
    #expect(plan.lastFile == Self.file(40, 2))
    #expect(
      try RestorePlan(target(.time(UTCTime(seconds: Self.begin))), from: survey).backup.id == survey.backups[0].id)
  }

  @Test func anotherTimelineIsFollowedWhereItWasAsked() throws {
    let plan = try RestorePlan(target(.endOfLog, timeline: 1), from: try Self.survey())
    #expect(plan.lastFile == Self.file(28, 1))
    #expect(plan.backup.timeline == TimelineID(1))
  }

  @Test func aPositionBeyondTheArchiveIsRefused() throws {
    let error = #expect(throws: RestoreRefusal.self) {
      try RestorePlan(target(.position(LSN(UInt64(41) << 24 | 1))), from: try Self.survey())
    }
    #expect(error?.description.contains("000000020000000000000029 is missing") == true, "\(error!)")
    _ = try RestorePlan(target(.position(LSN(UInt64(41) << 24))), from: try Self.survey())
  }

  @Test func whatLiesBeforeTheFirstBackupIsRefused() throws {
    let survey = try Self.survey()
    let error = #expect(throws: RestoreRefusal.self) {
      try RestorePlan(target(.time(UTCTime(seconds: Self.begin - 1))), from: survey)
    }
    #expect(error?.description.contains(survey.backups[0].id.text) == true)
  }

  @Test func aBackupWithoutItsLogIsRefused() throws {
    let survey = try Self.survey()
    for gone in [UInt64(30), 31] {
      let error = #expect(throws: RestoreRefusal.self) {
        try RestorePlan(RestoreTarget(), from: try Self.survey(files: survey.files.subtracting([Self.file(gone, 2)])))
      }
      #expect(error?.description.contains(Self.file(gone, 2).text) == true)
    }
  }

  @Test func aBackupIsTakenByItsName() throws {
    let survey = try Self.survey()
    var target = RestoreTarget()
    target.backup = survey.backups[0].id
    #expect(try RestorePlan(target, from: survey).backup.id == survey.backups[0].id)
    target.backup = BackupID("19990101T000000")
    let error = #expect(throws: RestoreRefusal.self) { try RestorePlan(target, from: survey) }
    #expect(error?.description.contains("no backup found with ID 19990101T000000") == true)
    target.backup = survey.backups[2].id
    target.timeline = TimelineID(1)
    #expect(throws: RestoreRefusal.self) { try RestorePlan(target, from: survey) }
  }

  @Test func whatIsNotDoneIsNoBackup() throws {
    var survey = try Self.survey()
    survey.backups[2].status = .started
    #expect(try RestorePlan(RestoreTarget(), from: survey).backup.id == survey.backups[1].id)
    survey.backups = []
    #expect(throws: RestoreRefusal.noBackup(unreadable: [])) { try RestorePlan(RestoreTarget(), from: survey) }
  }
}
