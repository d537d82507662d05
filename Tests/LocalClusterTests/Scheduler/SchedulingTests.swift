import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A pod is placed")
struct SchedulingTests {
  private func place(_ pod: Pod, nodes: [Node], pods: [Pod] = []) -> Placement {
    Scheduling.place(pod, in: SchedulingSnapshot(nodes: nodes, pods: pods))
  }

  @Test("nowhere, while there are no nodes")
  func noNodes() {
    #expect(place(Fixture.pod("p"), nodes: []) == .unschedulable(message: "no nodes available to schedule pods"))
  }

  @Test("on the node that its selector names")
  func nodeSelector() throws {
    let nodes = try [Fixture.node("a"), Fixture.node("b", labels: ["workload": "postgres"])]
    #expect(place(Fixture.pod("p") { $0.nodeSelector = ["workload": "postgres"] }, nodes: nodes) == .bind(node: "b"))
    #expect(
      place(Fixture.pod("p") { $0.nodeSelector = ["workload": "web"] }, nodes: nodes)
        == .unschedulable(message: "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."))
  }

  @Test(
    "where a required node affinity allows it",
    arguments: [
      ("In", ["1", "2"], "node-1"), ("NotIn", ["1", "3"], "node-2"), ("Gt", ["2"], "node-3"), ("Lt", ["2"], "node-1"),
    ])
  func nodeAffinity(operation: String, values: [String], expected: String) throws {
    let pod = Fixture.pod("p") { spec in
      spec.affinity = .with {
        $0.nodeAffinity = .with {
          $0.requiredDuringSchedulingIgnoredDuringExecution = .with {
            $0.nodeSelectorTerms = [
              .with {
                $0.matchExpressions = [
                  .with { ($0.key, $0.operator, $0.values) = ("topology.kubernetes.io/zone", operation, values) }
                ]
              }
            ]
          }
        }
      }
    }
    #expect(place(pod, nodes: try Fixture.threeZones()) == .bind(node: expected))
  }

  @Test("on the node that it prefers, if all else is equal")
  func preferredNode() throws {
    let pod = Fixture.pod("p") { spec in
      spec.affinity = .with {
        $0.nodeAffinity = .with {
          $0.preferredDuringSchedulingIgnoredDuringExecution = [
            .with {
              $0.weight = 10
              $0.preference = .with {
                $0.matchFields = [.with { ($0.key, $0.operator, $0.values) = ("metadata.name", "In", ["node-3"]) }]
              }
            }
          ]
        }
      }
    }
    #expect(place(pod, nodes: try Fixture.threeZones()) == .bind(node: "node-3"))
  }

  @Test("never on a tainted node without a toleration, and the message says which taint and what else is missing")
  func taintsAndResources() throws {
    let nodes = try [
      Fixture.node("a", taints: [Fixture.taint("dedicated", "gpu")]), Fixture.node("b", memory: "1Gi"),
      Fixture.node("c", memory: "2Gi"),
    ]
    #expect(
      place(Fixture.pod("p", memory: "4Gi"), nodes: nodes)
        == .unschedulable(
          message: "0/3 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}, 2 Insufficient memory."))
    let tolerant = Fixture.pod("p", memory: "4Gi") {
      $0.tolerations = [.with { ($0.key, $0.operator) = ("dedicated", "Exists") }]
    }
    #expect(place(tolerant, nodes: nodes) == .bind(node: "a"))
  }

  @Test("with all resources that are short in the message")
  func severalResources() throws {
    #expect(
      place(Fixture.pod("p", cpu: "8", memory: "9Gi"), nodes: [try Fixture.node("a", pods: 0)])
        == .unschedulable(
          message: "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods."))
  }

  @Test("beside others only as far as their requests leave room; ended pods take none")
  func requests() throws {
    let node = try Fixture.node("a", cpu: "2")
    let other = Fixture.pod("other", on: "a", cpu: "1500m")
    #expect(place(Fixture.pod("p", cpu: "500m"), nodes: [node], pods: [other]) == .bind(node: "a"))
    #expect(
      place(Fixture.pod("p", cpu: "501m"), nodes: [node], pods: [other])
        == .unschedulable(message: "0/1 nodes are available: 1 Insufficient cpu."))
    let ended = Fixture.pod("other", on: "a", cpu: "1500m", phase: "Succeeded")
    #expect(place(Fixture.pod("p", cpu: "2"), nodes: [node], pods: [ended]) == .bind(node: "a"))
  }

  @Test("never on a node that is cordoned or not ready")
  func unready() throws {
    let nodes = try [
      Fixture.node("a", cordoned: true), Fixture.node("b", ready: "False"), Fixture.node("c", ready: "Unknown"),
      Fixture.node("d", ready: nil),
    ]
    #expect(
      place(Fixture.pod("p"), nodes: nodes)
        == .unschedulable(
          message: "0/4 nodes are available: "
            + "1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 1 node(s) were unschedulable, "
            + "2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }."))
  }

  @Test("apart from pods that it or they refuse as neighbours")
  func antiAffinity() throws {
    let nodes = try [Fixture.node("a"), Fixture.node("b")]
    let refusing: (inout PodSpec) -> Void = { spec in
      spec.affinity = .with {
        $0.podAntiAffinity = .with { $0.requiredDuringSchedulingIgnoredDuringExecution = [Fixture.term(["app": "db"])] }
      }
    }
    let first = Fixture.pod("db-1", on: "a", labels: ["app": "db"], refusing)
    #expect(
      place(Fixture.pod("db-2", labels: ["app": "db"], refusing), nodes: nodes, pods: [first]) == .bind(node: "b"))
    // The newcomer wants nothing, the one that is there does.
    #expect(place(Fixture.pod("plain", labels: ["app": "db"]), nodes: nodes, pods: [first]) == .bind(node: "b"))
    let second = Fixture.pod("db-2", on: "b", labels: ["app": "db"], refusing)
    #expect(
      place(Fixture.pod("db-3", labels: ["app": "db"], refusing), nodes: nodes, pods: [first, second])
        == .unschedulable(message: "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules."))
    // Another namespace is another matter.
    #expect(
      place(
        Fixture.pod("db-3", namespace: "other", labels: ["app": "db"], refusing), nodes: nodes, pods: [first, second])
        == .bind(node: "a"))
  }

  @Test("beside pods that it wants to be near to, and the first of a group anywhere")
  func affinity() throws {
    let nodes = try Fixture.threeZones()
    let wanting: (inout PodSpec) -> Void = { spec in
      spec.affinity = .with {
        $0.podAffinity = .with {
          $0.requiredDuringSchedulingIgnoredDuringExecution = [
            Fixture.term(["app": "db"], key: "topology.kubernetes.io/zone")
          ]
        }
      }
    }
    #expect(place(Fixture.pod("first", labels: ["app": "db"], wanting), nodes: nodes) == .bind(node: "node-1"))
    #expect(
      place(Fixture.pod("alone", wanting), nodes: nodes)
        == .unschedulable(message: "0/3 nodes are available: 3 node(s) didn't match pod affinity rules."))
    let running = Fixture.pod("db", on: "node-2", labels: ["app": "db"])
    #expect(place(Fixture.pod("next", wanting), nodes: nodes, pods: [running]) == .bind(node: "node-2"))
  }

  @Test("in the zone with the fewest of its kind, and nowhere if every other zone is too full")
  func topologySpread() throws {
    let nodes = try Fixture.threeZones()
    let labels = ["cnpg.io/cluster": "demo"]
    let spreading: (inout PodSpec) -> Void = { $0.topologySpreadConstraints = [Fixture.spread(labels)] }
    let one = Fixture.pod("1", on: "node-1", labels: labels)
    let two = Fixture.pod("2", on: "node-3", labels: labels)
    #expect(
      place(Fixture.pod("3", labels: labels, spreading), nodes: nodes, pods: [one, two]) == .bind(node: "node-2"))
    let full = try [nodes[0], Fixture.node("node-2", zone: "2", cpu: "1"), nodes[2]]
    #expect(
      place(Fixture.pod("3", labels: labels, cpu: "2", spreading), nodes: full, pods: [one, two])
        == .unschedulable(
          message:
            "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match pod topology spread constraints."))
  }

  @Test("in no zone at all if the node has no zone")
  func missingLabel() throws {
    #expect(
      place(
        Fixture.pod("p", labels: ["a": "b"]) { $0.topologySpreadConstraints = [Fixture.spread(["a": "b"])] },
        nodes: [try Fixture.node("a")])
        == .unschedulable(
          message:
            "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label).")
    )
  }

  @Test("evenly, when spreading is only a wish or only siblings are known")
  func softSpread() throws {
    let nodes = try Fixture.threeZones()
    let labels = ["app": "web"]
    let pods = [Fixture.pod("1", on: "node-1", labels: labels), Fixture.pod("2", on: "node-2", labels: labels)]
    let wishing = Fixture.pod("3", labels: labels) {
      $0.topologySpreadConstraints = [Fixture.spread(labels, hard: false)]
    }
    #expect(place(wishing, nodes: nodes, pods: pods) == .bind(node: "node-3"))
    let siblings = [Fixture.pod("1", on: "node-1", owner: "set"), Fixture.pod("2", on: "node-3", owner: "set")]
    #expect(place(Fixture.pod("3", owner: "set"), nodes: nodes, pods: siblings) == .bind(node: "node-2"))
  }

  @Test("on the same node for the same input, whatever the order of the nodes")
  func deterministic() throws {
    let nodes = try Fixture.threeZones()
    for order in [nodes, nodes.reversed(), [nodes[1], nodes[2], nodes[0]]] {
      #expect(place(Fixture.pod("p", cpu: "1"), nodes: order) == .bind(node: "node-1"))
    }
  }

  @Test("not a second time where the first binding is on its way")
  func assumed() throws {
    let node = try Fixture.node("a", cpu: "1")
    let waiting = Fixture.pod("first", cpu: "1")
    let snapshot = SchedulingSnapshot(nodes: [node], pods: [waiting], assumed: [waiting.uid: "a"])
    #expect(
      Scheduling.place(Fixture.pod("second", cpu: "1"), in: snapshot)
        == .unschedulable(message: "0/1 nodes are available: 1 Insufficient cpu."))
  }

  @Test("by the most that its init containers and sidecars need at one time")
  func initContainers() throws {
    func container(_ cpu: String, sidecar: Bool = false) throws -> Container {
      let quantity = try Quantity(parsing: cpu)
      return .with {
        $0.resources = .with { $0.requests = ["cpu": quantity] }
        if sidecar { $0.restartPolicy = "Always" }
      }
    }
    var pod = Fixture.pod("p", cpu: "1")
    pod.spec?.initContainers = try [container("500m", sidecar: true), container("3")]
    #expect(ResourceAmounts.requested(by: pod)["cpu"] == 3500)
    pod.spec?.initContainers = try [container("500m", sidecar: true), container("100m")]
    #expect(ResourceAmounts.requested(by: pod)["cpu"] == 1500)
  }
}
