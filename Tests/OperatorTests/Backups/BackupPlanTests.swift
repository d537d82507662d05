import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

/// A cluster `demo` of three with an object store, and Backups of it.
struct BackupScene {
  var cluster: Cluster?
  var pods: [Pod] = []
  var others: [Backup] = []
  var report: InstanceReport? = .with { $0.sessionID = "s" }
  var now = Date(timeIntervalSince1970: 1_790_000_000)
  var backup = BackupScene.backup("b")

  static let began = "2026-09-21T14:13:00Z"

  init(_ change: (inout Cluster) -> Void = { _ in }) throws {
    let cluster = try referenceCluster {
      $0.initialize()
      $0.spec.backup = .with {
        $0.barmanObjectStore = .with {
          $0.destinationPath = "https://account.blob.core.windows.net/backups"
          $0.azureCredentials = .with { $0.inheritFromAzureAD = true }
        }
      }
      change(&$0)
    }
    let world = World(Blueprint(cluster: cluster, settings: OperatorSettings()), instances: [1, 2, 3])
    self.cluster = cluster
    pods = world.observed.pods
    for index in pods.indices { setContainer("c", ofPodAt: index) }
  }

  static func backup(_ name: String, phase: String? = nil, created: String = "2026-09-21T14:00:00Z") -> Backup {
    Backup.named(name, in: "demo") {
      $0.metadata.uid = name
      $0.metadata.creationTimestamp = created
      $0.spec.cluster = LocalReference("demo")
      if let phase { $0.status = .with { $0.phase = phase } }
    }
  }

  /// As a Backup is that was given to `demo-2` at ``began``.
  mutating func begin(phase: String = BackupPhase.running) {
    backup.status = .with {
      $0.phase = phase
      $0.reconciliationStartedAt = Self.began
      $0.instanceID = .with {
        $0.podName = "demo-2"
        $0.ContainerID = "c"
        $0.sessionID = "s"
      }
    }
  }

  mutating func setContainer(_ id: String, ofPodAt index: Int, _ change: (inout ContainerState) -> Void = { _ in }) {
    pods[index].status?.containerStatuses = [
      .with {
        $0.name = "postgres"
        $0.containerID = id
        $0.state = .with {
          $0.running = ContainerStateRunning()
          change(&$0)
        }
      }
    ]
  }

  mutating func setNotReady(_ index: Int, since: String) {
    pods[index].status?.conditions = [
      .with {
        $0.type = "Ready"
        $0.status = "False"
        $0.lastTransitionTime = since
      }
    ]
  }

  var observed: ObservedBackup {
    ObservedBackup(backup: backup, cluster: cluster, others: others, pods: pods, report: report, now: now)
  }
  var plan: BackupPlan { BackupPlan(observed) }
  var change: JSON? { plan.statusChange(observed) }

  /// On which instance it begins.
  var startedOn: String? {
    if case .start(let instance) = plan.step { instance.podName } else { nil }
  }

  /// The error it fails with, and the event's reason.
  var failure: (error: String, reason: String?)? {
    if case .fail(let error) = plan.step { (error, plan.event?.reason) } else { nil }
  }
}

@Suite("A Backup")
struct BackupPlanTests {
  @Test("is given to the first standby that is ready, and carries from then on all that a restore needs")
  func start() throws {
    let scene = try BackupScene {
      $0.spec.backup?.barmanObjectStore?.endpointCA = SecretKeyReference("ca", key: "pem")
      $0.spec.backup?.barmanObjectStore?.data = .with { $0.encryption = .aes256 }
    }
    #expect(scene.observed.podToAsk?.name == "demo-2")
    #expect(scene.startedOn == "demo-2")
    #expect(
      scene.plan.event
        == BackupEvent(type: .normal, reason: "Starting", message: "Starting backup for cluster demo"))
    #expect(
      scene.change == [
        "phase": "started", "method": "barmanObjectStore", "reconciliationStartedAt": "2026-09-21T14:13:20Z",
        "instanceID": ["podName": "demo-2", "ContainerID": "c", "sessionID": "s"],
        "destinationPath": "https://account.blob.core.windows.net/backups", "serverName": "demo",
        "endpointCA": ["name": "ca", "key": "pem"], "encryption": "AES256",
        "azureCredentials": ["inheritFromAzureAD": true],
      ])
  }

  @Test("names the server's folder where the cluster does, and PostgreSQL's version where it is known")
  func serverName() throws {
    let scene = try BackupScene {
      $0.spec.backup?.barmanObjectStore?.serverName = "other"
      $0.status?.pgDataImageInfo = .with {
        $0.image = "i"
        $0.majorVersion = 15
      }
    }
    #expect(scene.change?["serverName"] == "other")
    #expect(scene.change?["majorVersion"] == 15)
  }

  @Test(
    "that is over is left alone", arguments: [BackupPhase.completed, BackupPhase.failed, BackupPhase.invalid])
  func terminal(phase: String) throws {
    var scene = try BackupScene()
    scene.backup.status = .with { $0.phase = phase }
    #expect(scene.plan.step == nil)
    #expect(scene.change == nil)
    #expect(scene.observed.podToAsk == nil)
  }

  @Test("of a cluster that does not exist, or is being deleted, is pending and looked at again in 30 seconds")
  func noCluster() throws {
    var scene = try BackupScene()
    scene.cluster = nil
    #expect(scene.plan.step == .wait)
    #expect(scene.plan.recheck == .seconds(30))
    #expect(
      scene.plan.event
        == BackupEvent(reason: "FindingCluster", message: "Unknown cluster demo, will retry in 30 seconds"))
    #expect(scene.change == ["phase": "pending"])
    scene.backup.status = .with { $0.phase = "pending" }
    #expect(scene.change == nil, "written once")
  }

  @Test(
    "of a cluster that lacks what it needs fails, and says what",
    arguments: [
      (BackupMethod.barmanObjectStore, "hibernated", "ClusterIsHibernated", "cannot backup a hibernated cluster"),
      (
        .barmanObjectStore, "nothing", "ClusterHasBackupConfigured",
        "cannot proceed with the backup as the cluster has no backup section"
      ),
      (
        .barmanObjectStore, "empty", "ClusterHasNoBarmanSection",
        "no barmanObjectStore section defined on the target cluster"
      ),
      (.volumeSnapshot, "empty", "ClusterHasNoVolumeSnapshotSection", "no volumeSnapshot section"),
      (.volumeSnapshot, "snapshots", "ClusterHasNoVolumeSnapshotCRD", "no volume snapshots can be taken here"),
      (.plugin, "nothing", "ClusterHasNoBackupExecutorPlugin", "no plugin that makes backups"),
    ])
  func prerequisites(method: BackupMethod, cluster: String, reason: String, message: String) throws {
    var scene = try BackupScene {
      switch cluster {
      case "hibernated": $0.metadata.annotations = [Annotations.hibernation: "on"]
      case "nothing": $0.spec.backup = nil
      case "snapshots": $0.spec.backup = .with { $0.volumeSnapshot = VolumeSnapshotConfiguration() }
      default: $0.spec.backup = BackupConfiguration()
      }
    }
    scene.backup.spec.method = method
    let failure = try #require(scene.failure)
    #expect(failure.reason == reason)
    #expect(failure.error.contains(message))
    #expect(scene.plan.event?.type == .warning)
    #expect(scene.change?["phase"] == "failed")
    #expect(scene.change?["error"] == .string(failure.error))
    #expect(scene.change?["reconciliationTerminatedAt"] == "2026-09-21T14:13:20Z")
    #expect(scene.observed.podToAsk == nil, "nobody is asked in vain")
  }

  @Test("that validation would refuse is said to be invalid, and never looked at again")
  func invalid() throws {
    let scene = try BackupScene()
    let plan = BackupPlan(scene.observed, refusal: "the resource failed admission validation on: spec.method")
    #expect(plan.step == .invalidate("the resource failed admission validation on: spec.method"))
    #expect(
      plan.statusChange(scene.observed) == [
        "phase": "invalid backup definition", "error": "the resource failed admission validation on: spec.method",
      ])
    #expect(plan.recheck == nil)
  }

  @Test("waits for one that is under way, and for an older one; of two of the same second the name decides")
  func order() throws {
    var scene = try BackupScene()
    for other in [
      BackupScene.backup("z", phase: BackupPhase.running, created: "2026-09-21T14:00:01Z"),
      BackupScene.backup("z", phase: BackupPhase.walArchivingFailing), BackupScene.backup("a"),
      BackupScene.backup("z", phase: BackupPhase.pending, created: "2026-09-21T13:59:59Z"),
    ] {
      scene.others = [other]
      #expect(scene.plan.step == .wait)
      #expect(scene.plan.recheck == .seconds(10))
      #expect(scene.plan.event == nil)
    }
    scene.others = [
      BackupScene.backup("c"), BackupScene.backup("a", phase: BackupPhase.completed),
      BackupScene.backup("a", phase: BackupPhase.failed), BackupScene.backup("0", created: "2026-09-21T14:00:01Z"),
    ]
    #expect(scene.startedOn == "demo-2")
  }
}

@Suite("A Backup is taken from")
struct BackupTargetChoiceTests {
  @Test("the primary where the Backup says so, or the cluster")
  func primary() throws {
    var scene = try BackupScene()
    scene.backup.spec.target = .primary
    #expect(scene.startedOn == "demo-1")
    scene = try BackupScene { $0.spec.backup?.target = .primary }
    #expect(scene.startedOn == "demo-1")
    scene.backup.spec.target = .preferStandby
    #expect(scene.startedOn == "demo-2")
  }

  @Test("another standby where the first is not ready, is of another image, or is about to be promoted")
  func standbys() throws {
    var scene = try BackupScene()
    scene.setNotReady(1, since: BackupScene.began)
    #expect(scene.startedOn == "demo-3")
    scene = try BackupScene()
    scene.pods[1].spec?.containers[0].image = "old"
    #expect(scene.startedOn == "demo-3")
    scene = try BackupScene { $0.status?.targetPrimary = "demo-2" }
    #expect(scene.startedOn == "demo-3")
    scene = try BackupScene()
    scene.pods[1].metadata.deletionTimestamp = BackupScene.began
    #expect(scene.startedOn == "demo-3")
  }

  @Test("the primary where no standby is ready")
  func fallback() throws {
    var scene = try BackupScene()
    scene.setNotReady(1, since: BackupScene.began)
    scene.setNotReady(2, since: BackupScene.began)
    #expect(scene.startedOn == "demo-1")
  }

  @Test("nobody where nobody is ready, and why is said")
  func nobody() throws {
    var scene = try BackupScene()
    for index in scene.pods.indices { scene.setNotReady(index, since: BackupScene.began) }
    #expect(scene.plan.step == .wait)
    #expect(scene.plan.event?.reason == "BackupPending")
    #expect(scene.plan.event?.message.contains("demo-1") == true)
    #expect(scene.plan.recheck == .seconds(30))
    scene.pods = []
    #expect(scene.plan.event?.reason == "FindingPod")
    #expect(scene.change == ["phase": "pending"])
  }

  @Test("nobody who does not answer: without its session nobody could tell that it was restarted")
  func noAnswer() throws {
    var scene = try BackupScene()
    scene.report = nil
    #expect(scene.plan.step == .wait)
    #expect(scene.plan.event?.message.contains("demo-2, which the backup is to be taken from, does not answer") == true)
    #expect(scene.plan.recheck == .seconds(5))
  }
}

@Suite("A Backup that an instance is at work on")
struct BackupSupervisionTests {
  @Test("is watched; what the instance writes is not touched")
  func watched() throws {
    var scene = try BackupScene()
    scene.begin()
    #expect(scene.observed.podToAsk?.name == "demo-2")
    #expect(scene.plan.step == .watch)
    #expect(scene.change == nil)
    #expect(scene.plan.recheck == .seconds(5))
    scene.report = nil
    #expect(scene.plan.step == .watch, "no answer proves nothing")
  }

  @Test("is asked for until the instance has taken it up, ten minutes long")
  func requests() throws {
    var scene = try BackupScene()
    scene.begin(phase: BackupPhase.started)
    #expect(scene.plan.step == .request(of: "demo-2"))
    scene.now += 601
    let failure = try #require(scene.failure)
    #expect(failure.error.contains("did not begin with the backup in 10 minutes"))
  }

  @Test("whose archiving fails is tried again, but not for ever: others wait for it")
  func archiving() throws {
    var scene = try BackupScene()
    scene.begin(phase: BackupPhase.walArchivingFailing)
    #expect(scene.plan.step == .request(of: "demo-2"))
    #expect(scene.plan.recheck == .seconds(30))
    scene.now += 3601
    #expect(try #require(scene.failure).error.contains("ContinuousArchiving of cluster demo says why"))
  }

  @Test("begins anew where the instance is gone, on another one, and nothing of the first attempt stays")
  func gone() throws {
    var scene = try BackupScene()
    scene.begin()
    scene.backup.status?.startedAt = BackupScene.began
    scene.backup.status?.backupId = "20260921T141300"
    scene.pods.remove(at: 1)
    #expect(scene.plan.step == .restart)
    #expect(
      scene.plan.event
        == BackupEvent(
          type: .normal, reason: "ReStarting", message: "Restarting backup for cluster demo: instance demo-2 is gone"))
    #expect(
      scene.change == [
        "phase": "pending", "startedAt": .null, "backupId": .null, "instanceID": .null,
        "reconciliationStartedAt": .null,
      ])
    scene.backup.status = .with { $0.phase = BackupPhase.pending }
    #expect(scene.startedOn == "demo-3")
  }

  @Test("and where its pod was made anew under the same name")
  func replaced() throws {
    var scene = try BackupScene()
    scene.begin()
    scene.pods[1].metadata.creationTimestamp = "2026-09-21T14:13:10Z"
    #expect(scene.plan.step == .restart)
    scene.pods[1].metadata.creationTimestamp = "2026-09-21T14:12:59Z"
    #expect(scene.plan.step == .watch)
  }

  @Test("waits for what becomes of a pod on its way out")
  func leaving() throws {
    var scene = try BackupScene()
    scene.begin()
    scene.pods[1].metadata.deletionTimestamp = "2026-09-21T14:13:10Z"
    scene.setContainer("other", ofPodAt: 1)
    #expect(scene.plan.step == .watch)
  }

  @Test("fails where the instance manager was restarted: another container, one that ended, another session")
  func restarted() throws {
    let ends: [(inout BackupScene) -> Void] = [
      { $0.setContainer("d", ofPodAt: 1) },
      { $0.setContainer("c", ofPodAt: 1) { $0.terminated = .with { $0.exitCode = 137 } } },
      { $0.setContainer("c", ofPodAt: 1) { $0.waiting = .with { $0.reason = "CrashLoopBackOff" } } },
      { $0.report?.sessionID = "t" },
    ]
    for end in ends {
      var scene = try BackupScene()
      scene.begin()
      end(&scene)
      let failure = try #require(scene.failure)
      #expect(failure.reason == "InstanceManagerRestarted")
      #expect(failure.error == "The instance manager of demo-2 was restarted during the backup")
    }
  }

  @Test("fails where its instance is not ready for a minute; a probe that came late is no reason")
  func unhealthy() throws {
    var scene = try BackupScene()
    scene.begin()
    scene.setNotReady(1, since: "2026-09-21T14:12:25Z")
    #expect(scene.plan.step == .watch)
    scene.setNotReady(1, since: "2026-09-21T14:12:15Z")
    #expect(scene.failure?.reason == "TargetPodNotHealthy")
  }

  @Test("fails where its cluster is deleted")
  func clusterGone() throws {
    var scene = try BackupScene()
    scene.begin()
    scene.cluster = nil
    #expect(scene.failure?.error == "Cluster demo was deleted during the backup")
  }

  @Test("failing without its instance, is noted on the Cluster")
  func noted() {
    var status = ClusterStatus()
    status.noteFailedBackup("why", now: Date(timeIntervalSince1970: 1_790_000_000))
    #expect(status.lastFailedBackup == "2026-09-21T14:13:20Z")
    let condition = status.conditions?.first { $0.type == "LastBackupSucceeded" }
    #expect(condition?.status == "False")
    #expect(condition?.reason == "LastBackupFailed")
    #expect(condition?.message == "why")
  }
}
