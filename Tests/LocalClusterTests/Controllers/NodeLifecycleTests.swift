import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The node controller")
struct NodeLifecycleTests {
  @Test("takes a node for silent when its lease did not change for the grace period, by its own clock")
  func heartbeats() {
    var heartbeats = NodeHeartbeats(grace: .seconds(40))
    let start = ContinuousClock.now
    heartbeats.observe("a", renewal: "1", at: start)
    #expect(!heartbeats.isSilent("a", at: start + .seconds(39)))
    heartbeats.observe("a", renewal: "1", at: start + .seconds(39))
    #expect(heartbeats.isSilent("a", at: start + .seconds(40)))
    heartbeats.observe("a", renewal: "2", at: start + .seconds(41))
    #expect(!heartbeats.isSilent("a", at: start + .seconds(80)))
    #expect(heartbeats.deadline(of: "a") == start + .seconds(81))
  }

  @Test(
    "taints a node that is not ready or unreachable, and takes only its own taints back",
    arguments: [
      ("True", [String]()), ("False", ["node.kubernetes.io/not-ready"]),
      ("Unknown", ["node.kubernetes.io/unreachable"]),
    ])
  func taints(ready: String, keys: [String]) throws {
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let other = Fixture.taint("dedicated", "db")
    var node = try Fixture.node(
      "a", taints: [other, Fixture.taint(Taint.notReady, nil, "NoExecute"), Fixture.taint(Taint.unreachable)],
      ready: ready)
    let taints = NodeTaintPlan.taints(for: node, now: now) ?? []
    #expect(taints.filter { $0.key == "dedicated" } == [other])
    #expect(Set(taints.map(\.key)).subtracting(["dedicated"]) == Set(keys))
    for key in keys {
      #expect(Set(taints.filter { $0.key == key }.map(\.effect)) == ["NoSchedule", "NoExecute"])
    }
    node.spec?.taints = taints
    #expect(NodeTaintPlan.taints(for: node, now: now.addingTimeInterval(60)) == nil)
  }

  @Test("evicts at once without a toleration, later with one that ends, never with one that does not")
  func eviction() throws {
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let taint = Taint.with {
      ($0.key, $0.effect, $0.timeAdded) = ("broken", "NoExecute", now.addingTimeInterval(-10).kubernetesTime)
    }
    let node = try Fixture.node("a", taints: [taint])
    func deadline(_ tolerations: [Toleration], on node: Node) -> Date? {
      TaintEviction.deadline(
        for: Fixture.pod("p", on: "a") { $0.tolerations = tolerations }, on: node, impliedSeconds: 300, now: now)
    }
    #expect(deadline([], on: node) == now.addingTimeInterval(-10))
    #expect(
      deadline([.with { ($0.key, $0.operator, $0.tolerationSeconds) = ("broken", "Exists", 60) }], on: node)
        == now.addingTimeInterval(50))
    #expect(deadline([.with { ($0.key, $0.operator) = ("broken", "Exists") }], on: node) == nil)
    var unreachable = taint
    unreachable.key = Taint.unreachable
    #expect(deadline([], on: try Fixture.node("a", taints: [unreachable])) == now.addingTimeInterval(290))
  }

  @Test("finds pods of vanished nodes, pods deleted before they had one, and too many ended ones")
  func podGarbage() {
    var deleted = Fixture.pod("deleted")
    deleted.metadata.deletionTimestamp = "2026-11-23T09:00:00Z"
    var ended = [Fixture.pod("new", on: "a", phase: "Failed"), Fixture.pod("old", on: "a", phase: "Succeeded")]
    ended[0].metadata.creationTimestamp = "2026-11-23T09:00:00Z"
    ended[1].metadata.creationTimestamp = "2026-11-22T09:00:00Z"
    let garbage = PodGarbage(
      pods: ended + [deleted, Fixture.pod("lost", on: "gone"), Fixture.pod("fine", on: "a")], nodes: ["a"], keep: 1)
    #expect(garbage.orphaned.map(\.name) == ["lost"])
    #expect(garbage.unscheduled.map(\.name) == ["deleted"])
    #expect(garbage.surplus.map(\.name) == ["old"])
  }
}
