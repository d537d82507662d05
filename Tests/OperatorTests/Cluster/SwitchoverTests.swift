import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

@Suite("Switchovers that the operator asks for")
struct SwitchoverTests {
  private func world(_ change: (inout Cluster) -> Void = { _ in }) throws -> World {
    var world = World(
      try blueprint {
        $0.initialize()
        change(&$0)
      }, instances: [1, 2, 3])
    for serial in 1...3 {
      world.observed.nodes["local-\(serial)"] = .named("local-\(serial)")
      world.observed.reports["demo-\(serial)"] = .with {
        $0.isPrimary = serial == 1
        $0.isWalReceiverActive = serial != 1
        $0.receivedLsn = serial == 3 ? "0/A000000" : "0/9000000"
      }
    }
    return world
  }

  private func cordon(_ world: inout World, _ serials: Int...) {
    for serial in serials { world.observed.nodes["local-\(serial)"]?.spec = .with { $0.unschedulable = true } }
  }

  private func switchover(_ world: World) -> InstanceAction? {
    world.plan.actions.first { if case .switchOver = $0 { true } else { false } }
  }

  @Test("a primary on a cordoned node hands over to whoever is furthest")
  func cordoned() throws {
    var world = try world()
    #expect(switchover(world) == nil)
    cordon(&world, 1)
    let blueprint = world.blueprint
    #expect(
      switchover(world)
        == .switchOver(from: blueprint.instance(1), to: blueprint.instance(3), .drained(node: "local-1")))
    #expect(world.plan.phase == "Switchover in progress")
    let status = StatusReport(blueprint: blueprint, observed: world.observed, plan: world.plan, now: .now).status()
    #expect(status.targetPrimary == "demo-3")
    #expect(status.currentPrimary == "demo-1")
  }

  @Test("not to one whose node is being emptied, too")
  func elsewhere() throws {
    var world = try world()
    cordon(&world, 1, 3)
    let blueprint = world.blueprint
    #expect(
      switchover(world)
        == .switchOver(from: blueprint.instance(1), to: blueprint.instance(2), .drained(node: "local-1")))
    cordon(&world, 2)
    #expect(switchover(world) == nil)
  }

  @Test("so does one on a node with a taint of those who take machines away")
  func tainted() throws {
    var world = try world()
    func taint(_ key: String) {
      world.observed.nodes["local-1"]?.spec = .with {
        $0.taints = [
          .with {
            $0.key = key
            $0.effect = "NoSchedule"
          }
        ]
      }
    }
    taint("example.com/dedicated")
    #expect(switchover(world) == nil)
    taint("karpenter.sh/disrupted")
    #expect(switchover(world) != nil)
  }

  @Test("a standby's node does not matter, nor does one that nothing is known of")
  func standbys() throws {
    var world = try world()
    cordon(&world, 2, 3)
    #expect(switchover(world) == nil)
    world.observed.nodes = [:]
    #expect(switchover(world) == nil)
  }

  @Test("nobody is asked for who does not stream, is not ready, is fenced or ends")
  func unfit() throws {
    var ending = try self.world()
    cordon(&ending, 1)
    let before = try #require(switchover(ending))
    for index in ending.observed.pods.indices where ending.observed.pods[index].metadata.name != "demo-1" {
      ending.observed.pods[index].metadata.deletionTimestamp = "2026-01-02T03:04:05Z"
    }
    #expect(switchover(ending) == nil, "it was asked for: \(before)")
    var world = try world { $0.metadata.annotations = ["cnpg.io/fencedInstances": #"["demo-2"]"#] }
    cordon(&world, 1)
    world.observed.reports["demo-3"]?.isWalReceiverActive = false
    #expect(switchover(world) == nil)
  }

  @Test("it is asked for once: while it is under way, and a moment after it was refused, nobody asks again")
  func once() throws {
    var world = try world()
    cordon(&world, 1)
    world.observed.hasJustAskedForSwitchover = true
    #expect(switchover(world) == nil)
    var underway = try self.world { $0.status?.targetPrimary = "demo-3" }
    cordon(&underway, 1)
    #expect(switchover(underway) == nil)
    #expect(underway.plan.phase == "Switchover in progress")
  }

  @Test("primaryUpdateMethod switchover: the primary becomes a standby before its pod is made anew")
  func update() throws {
    let before = try world()
    func outdated(_ change: (inout Cluster) -> Void) throws -> World {
      let blueprint = try blueprint {
        $0.initialize()
        $0.spec.primaryUpdateMethod = .switchover
        $0.metadata.annotations = [Annotations.restartedAt: "2026-01-02T03:04:05Z"]
        change(&$0)
      }
      var world = World(blueprint, instances: [1, 2, 3])
      world.observed.reports = before.observed.reports
      world.observed.pods[0].metadata.annotations?[Annotations.restartedAt] = nil
      return world
    }
    let world = try outdated { _ in }
    guard case .switchOver(let from, let target, .outdated) = switchover(world) else {
      Issue.record("\(world.plan)")
      return
    }
    #expect(from.text == "demo-1" && target.text == "demo-3")
    #expect(!world.plan.actions.contains { if case .deletePod = $0 { true } else { false } })
    let restarted = try outdated { $0.spec.primaryUpdateMethod = .restart }
    #expect(switchover(restarted) == nil)
    #expect(restarted.plan.actions.contains { if case .deletePod("demo-1", _) = $0 { true } else { false } })
  }
}
