import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

@Suite("A cluster that is restored")
struct RecoveryTests {
  private func recovering(
    _ backup: Backup? = nil, _ change: (inout Cluster) -> Void = { _ in }
  ) throws -> Blueprint {
    var blueprint = try blueprint {
      $0.spec.bootstrap = .with { $0.recovery = .with { $0.backup = .with { $0.name = "b" } } }
      change(&$0)
    }
    blueprint.recoveryBackup = backup
    return blueprint
  }

  private func backup(_ phase: String, _ change: (inout BackupStatus) -> Void = { _ in }) -> Backup {
    Backup.named("b", in: "demo") {
      $0.status = .with {
        $0.phase = phase
        $0.destinationPath = "s3://b"
        change(&$0)
      }
    }
  }

  @Test("begins as any other, once its Backup is completed")
  func completed() throws {
    let plan = World(try recovering(backup(BackupPhase.completed)), instances: []).plan
    #expect(plan.actions.contains { if case .createPod(_, .initial) = $0 { true } else { false } })
    #expect(plan.warnings.isEmpty)
  }

  @Test(
    "waits for its Backup, and says for what",
    arguments: [
      (nil, "there is no Backup b in namespace demo to restore from"),
      ("running", "Backup b to restore from is running. It is waited for."),
      ("failed", "Backup b to restore from is failed (disk), not completed. Name another one"),
    ] as [(String?, String)])
  func waiting(phase: String?, reason: String) throws {
    let backup = phase.map { self.backup($0) { $0.error = $0.phase == BackupPhase.failed ? "disk" : nil } }
    let plan = World(try recovering(backup), instances: []).plan
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.firstPrimary)
    #expect(plan.reason.hasPrefix("No instance is created: "))
    #expect(plan.reason.contains(reason))
    #expect(plan.warnings == [ClusterWarning(reason: "ErrorNoBackup", message: plan.reason)])
  }

  @Test("cannot begin with snapshots, whatever Backup they are of")
  func snapshot() throws {
    let plan = World(try recovering(backup(BackupPhase.completed) { $0.destinationPath = nil }), instances: []).plan
    #expect(plan.actions.isEmpty)
    #expect(plan.reason.contains("was not made to an object store"))
  }

  @Test("that has instances is left to them, and one that is initialized does not need its Backup any more")
  func begun() throws {
    #expect(World(try recovering { $0.status = nil }, instances: [1, 2, 3]).plan.warnings.isEmpty)
    #expect(World(try recovering { $0.initialize() }, instances: [1, 2, 3]).plan == InstancePlan.settled)
  }

  @Test("from an external cluster needs that one's object store")
  func source() throws {
    func plan(_ external: ExternalCluster?, isReplica: Bool = false) throws -> InstancePlan {
      World(
        try blueprint {
          $0.spec.bootstrap = .with { $0.recovery = .with { $0.source = "far" } }
          $0.spec.externalClusters = external.map { [$0] }
          if isReplica {
            $0.spec.replica = .with {
              $0.source = "far"
              $0.enabled = true
            }
          }
        }, instances: []
      ).plan
    }
    let store = ExternalCluster.with {
      $0.name = "far"
      $0.barmanObjectStore = .with { $0.destinationPath = "s3://b" }
    }
    let connection = ExternalCluster.with {
      $0.name = "far"
      $0.connectionParameters = ["host": "h"]
    }
    #expect(try !plan(store).actions.isEmpty)
    #expect(
      try plan(connection).reason
        == "No instance is created: spec.bootstrap.recovery.source without a barmanObjectStore is not acted on yet. Use "
        + "spec.bootstrap.recovery with a Backup, or with a source that has a barmanObjectStore.")
    #expect(try plan(store, isReplica: true).actions.isEmpty, "it would be promoted")
  }

  @Test("from nothing says so")
  func nothing() throws {
    let plan = World(
      try blueprint { $0.spec.bootstrap = .with { $0.recovery = RecoveryBootstrap() } }, instances: []
    ).plan
    #expect(plan.reason.contains("names neither a backup nor a source"))
  }
}

@Suite("Volumes that somebody has taken away from a cluster")
struct DetachedVolumesTests {
  @Test("keep their name: the instance in their place has another number")
  func kept() throws {
    let blueprint = try blueprint { $0.initialize() }
    var world = World(blueprint, instances: [1, 3])
    world.observed.detachedClaims = ["demo-2", "demo-2-wal"]
    #expect(world.plan.actions.last == .createPod(blueprint.instance(4), reason: .replica))
    world.observed.detachedClaims = []
    #expect(world.plan.actions.last == .createPod(blueprint.instance(2), reason: .replica))
  }

  @Test("are in the way of a new cluster, which begins with number one and says so")
  func newCluster() throws {
    let blueprint = try blueprint()
    var world = World(blueprint, instances: [])
    world.observed.detachedClaims = ["demo-1"]
    #expect(world.plan.actions.first == .chooseFirstPrimary(blueprint.instance(1)))
    #expect(world.plan.actions.contains(.createPod(blueprint.instance(1), reason: .initial)))
  }
}
