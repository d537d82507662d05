import Kubernetes

@testable import LocalCluster

/// Nodes, pods and claims for tables of scheduling tests.
enum Fixture {
  static func node(
    _ name: String, zone: String? = nil, labels: [String: String] = [:], cpu: String = "4", memory: String = "8Gi",
    pods: Int = 110, taints: [Taint] = [], ready: String? = "True", cordoned: Bool = false
  ) throws -> Node {
    let allocatable = try [
      "cpu": Quantity(parsing: cpu), "memory": Quantity(parsing: memory), "pods": Quantity(pods),
    ]
    return .named(name) {
      $0.metadata.uid = "uid-\(name)"
      $0.metadata.labels = labels.merging(["kubernetes.io/hostname": name]) { first, _ in first }
      if let zone { $0.metadata.labels?["topology.kubernetes.io/zone"] = zone }
      $0.spec = .with {
        $0.taints = taints
        $0.unschedulable = cordoned
      }
      $0.status = .with {
        $0.allocatable = allocatable
        if let ready { $0.conditions = [.with { ($0.type, $0.status) = ("Ready", ready) }] }
      }
    }
  }

  /// Three nodes in three zones.
  static func threeZones() throws -> [Node] {
    try [node("node-1", zone: "1"), node("node-2", zone: "2"), node("node-3", zone: "3")]
  }

  static func pod(
    _ name: String, on node: String? = nil, namespace: String = "demo", labels: [String: String] = [:],
    cpu: String? = nil, memory: String? = nil, phase: String? = nil, owner: String? = nil,
    _ fill: (inout PodSpec) -> Void = { _ in }
  ) -> Pod {
    .named(name, in: namespace) {
      $0.metadata.uid = "uid-\(name)"
      $0.metadata.labels = labels
      if let owner {
        $0.metadata.ownerReferences = [.with { ($0.uid, $0.name, $0.controller) = (owner, owner, true) }]
      }
      var container = Container()
      container.name = "main"
      var requests: [String: Quantity] = [:]
      requests["cpu"] = cpu.flatMap { try? Quantity(parsing: $0) }
      requests["memory"] = memory.flatMap { try? Quantity(parsing: $0) }
      container.resources = .with { $0.requests = requests }
      var spec = PodSpec()
      spec.containers = [container]
      spec.nodeName = node
      fill(&spec)
      $0.spec = spec
      $0.status = .with { $0.phase = phase ?? (node == nil ? "Pending" : "Running") }
    }
  }

  static func taint(_ key: String, _ value: String? = nil, _ effect: String = "NoSchedule") -> Taint {
    .with { ($0.key, $0.value, $0.effect) = (key, value, effect) }
  }

  static func spread(_ labels: [String: String], key: String = "topology.kubernetes.io/zone", hard: Bool = true)
    -> TopologySpreadConstraint
  {
    .with {
      $0.maxSkew = 1
      $0.topologyKey = key
      $0.whenUnsatisfiable = hard ? "DoNotSchedule" : "ScheduleAnyway"
      $0.labelSelector = LabelSelector(labels)
    }
  }

  static func term(_ labels: [String: String], key: String = "kubernetes.io/hostname") -> PodAffinityTerm {
    .with {
      $0.topologyKey = key
      $0.labelSelector = LabelSelector(labels)
    }
  }

  static func claim(_ name: String, volume: String? = nil, storageClass: String? = "fast") -> PersistentVolumeClaim {
    .named(name, in: "demo") {
      $0.metadata.uid = "uid-\(name)"
      $0.metadata.finalizers = [ClaimStep.claimProtection]
      $0.spec = .with {
        $0.accessModes = ["ReadWriteOnce"]
        $0.volumeName = volume
        $0.storageClassName = storageClass
        $0.resources = .with { $0.requests = ["storage": Quantity(1 << 30, .binary)] }
      }
      $0.status = .with { $0.phase = volume == nil ? "Pending" : "Bound" }
    }
  }
}

extension PodSpec {
  mutating func mount(claim: String) {
    volumes =
      (volumes ?? []) + [
        .with {
          $0.name = claim
          $0.persistentVolumeClaim = .with { $0.claimName = claim }
        }
      ]
  }
}
