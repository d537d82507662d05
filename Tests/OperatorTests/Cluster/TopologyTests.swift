import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

@Suite("Where the instances run")
struct TopologyTests {
  private func world(
    _ key: WritableKeyPath<SynchronousReplication, [String]?>, number: Int = 1,
    _ change: (inout Cluster) -> Void = { _ in }
  ) throws -> World {
    var world = World(
      try blueprint {
        $0.initialize()
        var synchronous = SynchronousReplication()
        synchronous.number = number
        synchronous[keyPath: key] = ["zone"]
        $0.spec.postgresql?.synchronous = synchronous
        change(&$0)
      }, instances: [1, 2, 3])
    for (name, labels) in [
      "local-1": ["zone": "a", "other": "x"], "local-2": ["zone": "a"], "local-3": ["zone": "b"],
    ] {
      world.observed.nodes[name] = .named(name) { $0.metadata.labels = labels }
    }
    return world
  }

  private func status(_ world: World) -> ClusterStatus {
    StatusReport(blueprint: world.blueprint, observed: world.observed, plan: world.plan, now: .now).status()
  }

  private func condition(_ status: ClusterStatus) -> Condition? {
    status.conditions?.first { $0.type == ConditionType.syncTopology }
  }

  @Test("is told by the labels of nodes that the Cluster compares, and no others")
  func nodes() throws {
    let status = status(try world(\.nodeFailureDomainKeys))
    #expect(
      status.topology?.instances == ["demo-1": ["zone": "a"], "demo-2": ["zone": "a"], "demo-3": ["zone": "b"]])
    #expect(status.topology?.successfullyExtracted == true)
    #expect(condition(status)?.status == "True")
    #expect(condition(status)?.reason == "Satisfied")
    #expect(condition(status)?.message.hasSuffix("by: demo-3") == true)
  }

  @Test("or by the labels of pods")
  func pods() throws {
    var world = try world(\.podFailureDomainKeys)
    for index in world.observed.pods.indices { world.observed.pods[index].metadata.labels?["zone"] = "z\(index)" }
    #expect(status(world).topology?.instances?["demo-3"] == ["zone": "z2"])
    #expect(condition(status(world))?.status == "True")
  }

  @Test("a node that cannot be read: nothing is known, and that is said")
  func unknown() throws {
    var world = try world(\.nodeFailureDomainKeys)
    world.observed.nodes["local-2"] = nil
    let status = status(world)
    #expect(status.topology?.successfullyExtracted == false)
    #expect(condition(status)?.status == "False")
    #expect(condition(status)?.reason == "TopologyNotExtracted")
  }

  @Test("too few elsewhere: who there is, and what to do")
  func insufficient() throws {
    let condition = condition(status(try world(\.nodeFailureDomainKeys, number: 2)))
    #expect(condition?.status == "False")
    #expect(condition?.reason == "InsufficientCrossDomainReplicas")
    #expect(
      condition?.message.hasPrefix("2 must confirm, and in another failure domain (zone) than demo-1 there is demo-3, ")
        == true)
  }

  @Test("an instance whose pod is being made anew is where it was")
  func remembered() throws {
    var world = try world(\.nodeFailureDomainKeys) {
      $0.status?.topology = .with { $0.instances = ["demo-3": ["zone": "b", "gone": "x"]] }
    }
    world.observed.pods.removeAll { $0.name == "demo-3" }
    #expect(status(world).topology?.instances?["demo-3"] == ["zone": "b"])
    #expect(condition(status(world))?.status == "True")
  }

  @Test("nobody asks any more: the condition goes")
  func notAsked() throws {
    var cluster = try world(\.nodeFailureDomainKeys).blueprint.cluster
    cluster.status = status(try world(\.nodeFailureDomainKeys))
    cluster.spec.postgresql?.synchronous = nil
    let world = World(Blueprint(cluster: cluster, settings: OperatorSettings()), instances: [1, 2, 3])
    #expect(condition(status(world)) == nil)
    #expect(status(world).topology?.instances?["demo-1"] == [:])
  }
}
