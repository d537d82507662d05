import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

@Suite("A Cluster's status")
struct StatusReportTests {
  private let now = Date(timeIntervalSince1970: 1_790_000_000.25)

  private func status(_ world: World) -> ClusterStatus {
    StatusReport(blueprint: world.blueprint, observed: world.observed, plan: world.plan, now: now).status()
  }

  @Test("of a new cluster: the first primary is chosen, to the microsecond, and nothing else is there")
  func new() throws {
    let status = status(World(try blueprint(), instances: []))
    #expect(status.targetPrimary == "demo-1")
    #expect(status.targetPrimaryTimestamp == "2026-09-21T14:13:20.250000Z")
    #expect(status.currentPrimary == nil)
    #expect(status.instances == 0)
    #expect(status.phase == Phase.firstPrimary)
    #expect(status.conditions?.map(\.type).sorted() == ["ConsistentSystemID", "Initialized", "Ready"])
    #expect(status.conditions?.allSatisfy { $0.status == "False" } == true)
    #expect(status.pgDataImageInfo == nil, "there are no data yet")
  }

  @Test("of a healthy one: instances, their state, volumes in use, services")
  func healthy() throws {
    var world = World(try blueprint { $0.initialize() }, instances: [1, 2, 3])
    for serial in 1...3 {
      world.observed.reports["demo-\(serial)"] = .with {
        $0.isPrimary = serial == 1
        $0.timeLineID = 4
        $0.systemID = "7"
      }
    }
    let status = status(world)
    #expect(status.instances == 3)
    #expect(status.readyInstances == 3)
    #expect(status.instanceNames == ["demo-1", "demo-2", "demo-3"])
    #expect(status.instancesStatus == ["healthy": ["demo-1", "demo-2", "demo-3"]])
    #expect(status.instancesReportedState?["demo-1"]?.isPrimary == true)
    #expect(status.instancesReportedState?["demo-2"]?.ip == "127.64.2.2")
    #expect(status.timelineID == 4)
    #expect(status.systemID == "7")
    #expect(status.selector == "cnpg.io/cluster=demo,cnpg.io/podRole=instance")
    #expect(status.writeService == "demo-rw")
    #expect(status.readService == "demo-r")
    #expect(status.topology?.nodesUsed == 3)
    #expect(status.topology?.instances?.keys.sorted() == ["demo-1", "demo-2", "demo-3"])
    #expect(status.pvcCount == 6)
    #expect(status.healthyPVC?.count == 6)
    #expect(status.danglingPVC == nil)
    #expect(status.jobCount == 0)
    #expect(status.onlineUpdateEnabled == false)
    #expect(status.pgDataImageInfo?.majorVersion == 15)
    #expect(status.phase == Phase.healthy)
    #expect(status.phaseReason == "")
    #expect(status.conditions?.first { $0.type == "Ready" }?.status == "True")
    #expect(status.conditions?.first { $0.type == "ConsistentSystemID" }?.reason == "Unique")
  }

  @Test("sorts instances by their pods, and volumes by what becomes of them")
  func groups() throws {
    var world = World(
      try blueprint {
        $0.initialize()
        $0.spec.instances = 4
      }, instances: [1, 2, 3, 4], withoutPod: [4], notReady: [2])
    world.observed.pods[2].status?.phase = "Failed"
    world.observed.pods[2].status?.conditions = nil
    for index in world.observed.claims.indices {
      switch world.observed.claims[index].name {
      case "demo-1-wal":
        world.observed.claims[index].status = .with {
          $0.conditions = [
            .with {
              $0.type = "Resizing"
              $0.status = "True"
            }
          ]
        }
      case "demo-2": world.observed.claims[index].metadata.annotations?[Annotations.pvcStatus] = "initializing"
      case "demo-4-wal": world.observed.claims[index].metadata.name = "demo-4-strange"
      default: break
      }
    }
    let status = status(world)
    #expect(status.instancesStatus == ["healthy": ["demo-1"], "replicating": ["demo-2"], "failed": ["demo-3"]])
    #expect(status.healthyPVC == ["demo-1", "demo-2-wal"])
    #expect(status.resizingPVC == ["demo-1-wal"])
    #expect(status.initializingPVC == ["demo-2"])
    #expect(status.danglingPVC == ["demo-3", "demo-3-wal", "demo-4"])
    #expect(status.unusablePVC == ["demo-4-strange"])
  }

  @Test("leaves alone what the instances write, and a condition's time while its status stays")
  func kept() throws {
    let world = World(
      try blueprint {
        $0.initialize(primary: "demo-2")
        $0.status?.currentPrimaryTimestamp = "then"
        $0.status?.setCondition("ContinuousArchiving", true, reason: "x", message: "y", now: "before")
        $0.status?.setCondition("Ready", true, reason: "x", message: "y", now: "before")
      }, instances: [1, 2, 3])
    let status = status(world)
    #expect(status.currentPrimary == "demo-2")
    #expect(status.currentPrimaryTimestamp == "then")
    #expect(status.conditions?.first { $0.type == "ContinuousArchiving" }?.reason == "x")
    #expect(status.conditions?.first { $0.type == "Ready" }?.lastTransitionTime == "before")
    #expect(status.conditions?.first { $0.type == "Ready" }?.reason == "ClusterIsReady")
  }

  @Test("says when the instances are not of one database")
  func mismatch() throws {
    var world = World(try blueprint { $0.initialize() }, instances: [1, 2, 3])
    world.observed.reports["demo-1"] = .with { $0.systemID = "1" }
    world.observed.reports["demo-2"] = .with { $0.systemID = "2" }
    let condition = status(world).conditions?.first { $0.type == "ConsistentSystemID" }
    #expect(condition?.reason == "Mismatch")
    #expect(condition?.message.hasSuffix("1, 2") == true)
  }

  @Test("tells the versions of the Secrets in use, and of no other")
  func secrets() throws {
    let versions = try blueprint().secretVersions { name in
      guard name != "demo-superuser" else { return nil }
      return Secret.named(name, in: "demo") { $0.metadata.resourceVersion = "version of \(name)" }
    }
    #expect(versions.applicationSecretVersion == "version of db-user-pass")
    #expect(versions.superuserSecretVersion == nil)
    #expect(versions.serverCaSecretVersion == "version of demo-ca")
    #expect(versions.clientCaSecretVersion == "version of demo-ca")
    #expect(versions.serverSecretVersion == "version of demo-server")
    #expect(versions.replicationSecretVersion == "version of demo-replication")
  }

  @Test(
    "goes back to the instances there are where fewer are asked for than synchronous replication needs",
    arguments: [(3, 1, 1, 3), (3, 2, 2, 3), (3, 2, 1, nil), (3, 1, 0, nil), (1, 1, 1, nil), (nil, 1, 1, nil)])
  func scaleDown(present: Int?, asked: Int, most: Int, expected: Int?) throws {
    let cluster = try referenceCluster {
      $0.spec.instances = asked
      $0.spec.maxSyncReplicas = most
      $0.status = .with { $0.instances = present }
    }
    #expect(cluster.refusedScaleDown == expected)
  }
}
