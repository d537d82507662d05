import Kubernetes

/// What the scheduler knows when it decides: one moment of the cluster.
struct SchedulingSnapshot: Sendable {
  var nodes: [NodeState]
  /// Labels of each namespace, for `namespaceSelector`.
  var namespaces: [String: [String: String]]
  /// By `namespace/name`.
  var claims: [String: PersistentVolumeClaim]
  var volumes: [String: PersistentVolume]
  var classes: [String: StorageClass]

  /// - Parameters:
  ///   - pods: all pods; those that ended take nothing any more and are left out.
  ///   - assumed: nodes of pods (by uid) that were bound a moment ago, which `pods` may not show yet.
  init(
    nodes: [Node], pods: [Pod], assumed: [String: String] = [:], namespaces: [Namespace] = [],
    claims: [PersistentVolumeClaim] = [], volumes: [PersistentVolume] = [], classes: [StorageClass] = []
  ) {
    var byNode: [String: [Pod]] = [:]
    for pod in pods where !pod.hasEnded {
      guard let node = pod.spec?.nodeName ?? assumed[pod.uid], !node.isEmpty else { continue }
      byNode[node, default: []].append(pod)
    }
    self.nodes = nodes.sorted { $0.name < $1.name }.map { NodeState(node: $0, pods: byNode[$0.name] ?? []) }
    self.namespaces = Dictionary(namespaces.map { ($0.name, $0.labels) }, uniquingKeysWith: { _, last in last })
    self.claims = Dictionary(claims.map { ("\($0.namespace)/\($0.name)", $0) }, uniquingKeysWith: { _, last in last })
    self.volumes = Dictionary(volumes.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    self.classes = Dictionary(classes.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
  }
}

/// A node and the pods on it.
struct NodeState: Sendable {
  let node: Node
  let pods: [Pod]
  let requested: ResourceAmounts
  let allocatable: ResourceAmounts
  /// The node's taints, and the one of a node that is not ready, even before the node controller has written it.
  let taints: [Taint]

  init(node: Node, pods: [Pod]) {
    self.node = node
    self.pods = pods
    requested = pods.reduce(ResourceAmounts()) { $0 + .requested(by: $1) }
    allocatable = ResourceAmounts(node.status?.allocatable)
    var taints = node.spec?.taints ?? []
    let ready = node.status?.conditions?.first { $0.type == "Ready" }?.status
    if ready != "True" {
      let key = ready == "Unknown" ? Taint.unreachable : Taint.notReady
      if !taints.contains(where: { $0.key == key && $0.effect == "NoSchedule" }) {
        taints.append(.with { ($0.key, $0.effect) = (key, "NoSchedule") })
      }
    }
    self.taints = taints
  }

  func domain(_ topologyKey: String) -> String? { node.labels[topologyKey] }
}

extension Taint {
  static let notReady = "node.kubernetes.io/not-ready"
  static let unreachable = "node.kubernetes.io/unreachable"
  static let unschedulable = "node.kubernetes.io/unschedulable"
}

extension Toleration {
  /// Kubernetes' rule: an empty effect tolerates every effect, an empty key with `Exists` every key.
  func tolerates(_ taint: Taint) -> Bool {
    if let effect, !effect.isEmpty, effect != taint.effect { return false }
    let key = key ?? ""
    if !key.isEmpty, key != taint.key { return false }
    switch `operator` ?? "Equal" {
    case "Exists": return true
    default: return !key.isEmpty && (value ?? "") == (taint.value ?? "")
    }
  }
}

extension Pod {
  /// Whether all its containers have stopped for good.
  var hasEnded: Bool { status?.phase == "Succeeded" || status?.phase == "Failed" }

  var isReady: Bool { status?.conditions?.contains { $0.type == "Ready" && $0.status == "True" } ?? false }

  /// The reference of the owner that manages it.
  var controllerReference: OwnerReference? { metadata.controllerReference }

  func tolerates(_ taint: Taint) -> Bool { spec?.tolerations?.contains { $0.tolerates(taint) } ?? false }
}

extension ObjectMeta {
  var controllerReference: OwnerReference? { ownerReferences?.first { $0.controller == true } }
}
