import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

/// A schedule `nightly` of cluster `demo`, looked at at 14:13:20.
struct ScheduleScene {
  var schedule = ScheduledBackup.named("nightly", in: "demo") {
    $0.metadata.uid = "schedule-uid"
    $0.spec.cluster = LocalReference("demo")
    $0.spec.schedule = "0 15 * ? * *"
  }
  var cluster: Cluster?
  var backups: [Backup] = []
  var now = Date(timeIntervalSince1970: 1_790_000_000)

  init() throws { cluster = try referenceCluster { $0.initialize() } }

  var observed: ObservedSchedule {
    ObservedSchedule(schedule: schedule, cluster: cluster, backups: backups, now: now)
  }
  var plan: SchedulePlan { SchedulePlan(observed) }

  /// Carries a plan out, as the controller does: the Backup, then the status.
  ///
  /// - Parameter isInterrupted: between the two.
  mutating func pass(isInterrupted: Bool = false) throws {
    let plan = plan
    if let backup = plan.creation {
      #expect(!backups.contains { $0.name == backup.name }, "a name is used once")
      backups.append(backup)
    }
    guard !isInterrupted, let change = plan.statusChange else { return }
    let status = try MergePatch.apply(change, to: JSON(encoding: schedule.status ?? ScheduledBackupStatus()))
    schedule.status = try status.decoded(as: ScheduledBackupStatus.self)
  }

  mutating func finish() {
    for index in backups.indices { backups[index].status = .with { $0.phase = BackupPhase.completed } }
  }
}

@Suite("A ScheduledBackup")
struct SchedulePlanTests {
  @Test("says at the first look when it runs, and makes nothing yet")
  func first() throws {
    let plan = try ScheduleScene().plan
    #expect(plan.creation == nil)
    #expect(
      plan.statusChange == ["lastCheckTime": "2026-09-21T14:13:20Z", "nextScheduleTime": "2026-09-21T14:15:00Z"])
    #expect(
      plan.events == [
        BackupEvent(type: .normal, reason: "BackupSchedule", message: "Scheduled first backup by 2026-09-21T14:15:00Z")
      ])
    #expect(plan.recheck == .seconds(60), "the clock may be set: it looks once a minute")
  }

  @Test("makes one Backup when it is due, named after the slot, with all that the schedule says")
  func due() throws {
    var scene = try ScheduleScene()
    scene.schedule.spec.target = .primary
    try scene.pass()
    scene.now += 99
    #expect(scene.plan.creation == nil)
    #expect(scene.plan.recheck == .seconds(1))
    scene.now += 2.5
    let plan = scene.plan
    let backup = try #require(plan.creation)
    #expect(backup.name == "nightly-20260921141500")
    #expect(backup.namespace == "demo")
    #expect(
      backup.labels == [
        "cnpg.io/cluster": "demo", "cnpg.io/scheduled-backup": "nightly", "cnpg.io/immediateBackup": "false",
      ])
    #expect(backup.metadata.ownerReferences == nil)
    #expect(backup.spec.cluster.name == "demo")
    #expect(backup.spec.target == .primary)
    #expect(
      plan.statusChange == [
        "lastCheckTime": "2026-09-21T14:15:01Z", "lastScheduleTime": "2026-09-21T14:15:00Z",
        "nextScheduleTime": "2026-09-21T15:15:00Z",
      ])
    #expect(plan.events.map(\.message) == ["Next backup scheduled by 2026-09-21T15:15:00Z"])
  }

  @Test("makes one for all the slots that were missed")
  func missed() throws {
    var scene = try ScheduleScene()
    try scene.pass()
    scene.now += 48 * 3600
    try scene.pass()
    #expect(scene.backups.map(\.name) == ["nightly-20260921141500"])
    #expect(scene.schedule.status?.nextScheduleTime == "2026-09-23T14:15:00Z")
    scene.finish()
    #expect(scene.plan.creation == nil)
  }

  @Test("never makes a second one for a slot, wherever it was interrupted")
  func interrupted() throws {
    var scene = try ScheduleScene()
    try scene.pass()
    scene.now += 101
    try scene.pass(isInterrupted: true)
    #expect(scene.backups.count == 1)
    scene.now += 1
    try scene.pass()
    #expect(scene.backups.count == 1)
    #expect(scene.schedule.status?.lastScheduleTime == "2026-09-21T14:15:00Z", "the one that is there counts")
    #expect(scene.schedule.status?.nextScheduleTime == "2026-09-21T15:15:00Z")
  }

  @Test("waits while one of its Backups is not done")
  func busy() throws {
    var scene = try ScheduleScene()
    try scene.pass()
    scene.now += 101
    try scene.pass()
    scene.now += 3600
    #expect(scene.plan.creation == nil)
    #expect(scene.plan.statusChange == nil)
    #expect(scene.plan.recheck == .seconds(60))
    scene.finish()
    #expect(scene.plan.creation?.name == "nightly-20260921151500")
  }

  @Test("makes one at once where it is asked to, and only one, even where it was interrupted")
  func immediate() throws {
    var scene = try ScheduleScene()
    scene.schedule.spec.immediate = true
    #expect(
      scene.plan.events.map(\.message) == [
        "Scheduled immediate backup now: 2026-09-21T14:13:20Z", "Next backup scheduled by 2026-09-21T14:15:00Z",
      ])
    try scene.pass(isInterrupted: true)
    #expect(scene.backups.map(\.name) == ["nightly-20260921141320"])
    #expect(scene.backups[0].labels["cnpg.io/immediateBackup"] == "true")
    scene.now += 5
    try scene.pass()
    #expect(scene.backups.count == 1)
    #expect(scene.schedule.status?.nextScheduleTime == "2026-09-21T14:15:00Z")
    #expect(scene.schedule.status?.lastCheckTime == "2026-09-21T14:13:25Z")
  }

  @Test("that is suspended does nothing; resumed, it makes up for it once")
  func suspended() throws {
    var scene = try ScheduleScene()
    scene.schedule.spec.suspend = true
    #expect(scene.plan == SchedulePlan(scene.observed))
    #expect(scene.plan.statusChange == nil)
    scene.schedule.spec.suspend = nil
    try scene.pass()
    scene.schedule.spec.suspend = true
    scene.now += 7200
    #expect(scene.plan.creation == nil)
    #expect(scene.plan.recheck == nil)
    scene.schedule.spec.suspend = false
    #expect(scene.plan.creation?.name == "nightly-20260921141500")
  }

  @Test("whose schedule is changed says when it runs next")
  func changed() throws {
    var scene = try ScheduleScene()
    try scene.pass()
    scene.schedule.spec.schedule = "@every 10m"
    try scene.pass()
    #expect(scene.schedule.status?.nextScheduleTime == "2026-09-21T14:23:20Z")
    #expect(scene.schedule.status?.lastCheckTime == "2026-09-21T14:13:20Z", "counted from the last check")
  }

  @Test("leaves out the slot whose name somebody else's Backup has")
  func foreign() throws {
    for foreigner in [
      Backup.named("nightly-20260921141500", in: "demo") { $0.spec.cluster = LocalReference("demo") },
      Backup.named("nightly-20260921141500", in: "demo") {
        $0.spec.cluster = LocalReference("demo")
        $0.metadata.labels = ["cnpg.io/scheduled-backup": "nightly"]
        $0.metadata.ownerReferences = [
          .with {
            $0.uid = "an-earlier-schedule"
            $0.controller = true
          }
        ]
      },
    ] {
      var scene = try ScheduleScene()
      try scene.pass()
      scene.now += 101
      scene.backups = [foreigner]
      let plan = scene.plan
      #expect(plan.creation == nil)
      #expect(plan.events.first?.reason == "BackupAdoptionRefused")
      #expect(plan.events.first?.type == .warning)
      try scene.pass()
      #expect(scene.schedule.status?.lastScheduleTime == nil)
      #expect(scene.schedule.status?.nextScheduleTime == "2026-09-21T15:15:00Z")
    }
  }

  @Test("owns its Backups, or lets the cluster own them, where it is asked to")
  func owners() throws {
    var scene = try ScheduleScene()
    scene.schedule.spec.backupOwnerReference = .itself
    let own = try #require(scene.observed.child(at: scene.now, isImmediate: false).metadata.ownerReferences?.first)
    #expect(own.kind == "ScheduledBackup")
    #expect(own.uid == "schedule-uid")
    #expect(own.controller == true)
    #expect(scene.observed.isOwn(scene.observed.child(at: scene.now, isImmediate: false)))
    scene.schedule.spec.backupOwnerReference = .cluster
    let cluster = try #require(scene.observed.child(at: scene.now, isImmediate: false).metadata.ownerReferences?.first)
    #expect(cluster.kind == "Cluster")
    #expect(cluster.uid == "cluster-uid")
    #expect(scene.observed.isOwn(scene.observed.child(at: scene.now, isImmediate: false)))
  }

  @Test("waits for its cluster, and says so")
  func noCluster() throws {
    var scene = try ScheduleScene()
    scene.cluster = nil
    try scene.pass()
    #expect(scene.schedule.status?.nextScheduleTime != nil, "when it runs is known all the same")
    scene.now += 101
    #expect(scene.plan.creation == nil)
    #expect(scene.plan.events.map(\.reason) == ["InvalidCluster"])
    #expect(scene.plan.recheck == .seconds(30))
  }

  @Test("of snapshots that is to begin at once waits until the cluster is healthy")
  func unhealthy() throws {
    var scene = try ScheduleScene()
    scene.schedule.spec.immediate = true
    scene.schedule.spec.method = .volumeSnapshot
    scene.cluster?.status?.phase = "Failing over"
    #expect(scene.plan.creation == nil)
    #expect(scene.plan.events.map(\.message) == [#"Waiting for cluster to be healthy, was "Failing over""#])
    #expect(scene.plan.statusChange == ["nextScheduleTime": "2026-09-21T14:15:00Z"])
    #expect(scene.plan.recheck == .seconds(5))
    scene.cluster?.status?.phase = Phase.healthy
    #expect(scene.plan.creation != nil)
  }

  @Test("that is never due says so")
  func never() throws {
    var scene = try ScheduleScene()
    scene.schedule.spec.schedule = "0 0 0 30 2 *"
    let plan = scene.plan
    #expect(plan.events.map(\.reason) == ["NoSchedule"])
    #expect(plan.recheck == nil)
    #expect(plan.statusChange?["error"]?.stringValue?.contains("never due") == true)
  }

  @Test("that cannot be read, or that validation would refuse, says so until it is changed")
  func invalid() throws {
    var scene = try ScheduleScene()
    scene.schedule.spec.schedule = "0 0 24 * * *"
    #expect(scene.plan.statusChange == ["error": "End of range (24) above maximum (23): 24"])
    let refusal = "the resource failed admission validation on: spec.schedule"
    #expect(SchedulePlan(scene.observed, refusal: refusal).statusChange == ["error": .string(refusal)])
    try scene.pass()
    scene.schedule.spec.schedule = "0 15 * * * *"
    try scene.pass()
    #expect(scene.schedule.status?.error == nil)
    #expect(scene.schedule.status?.nextScheduleTime == "2026-09-21T14:15:00Z")
  }

  @Test("over random clocks, interruptions and outages: no slot twice, none more than once late", arguments: 1...40)
  func history(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var scene = try ScheduleScene()
    scene.schedule.spec.schedule = ["0 */7 * * * *", "@every 5m", "30 15 * * * *"][Int(seed % 3)]
    let cron = try CronSchedule(scene.schedule.spec.schedule)
    for _ in 0..<300 {
      scene.now += Double.random(in: 0...(random.next() % 10 == 0 ? 9000 : 120), using: &random)
      try scene.pass(isInterrupted: random.next() % 4 == 0)
      if random.next() % 2 == 0 { scene.finish() }
      if let next = scene.schedule.status?.nextScheduleTime, case .fields = cron {
        let time = try #require(Timestamp.date(next))
        #expect(cron.next(after: time.addingTimeInterval(-1)) == time, "what is announced is a slot")
      }
    }
    #expect(Set(scene.backups.map(\.name)).count == scene.backups.count)
    #expect(scene.backups.count > 5)
  }
}

/// The same numbers for the same seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
