import Foundation
import Kubernetes
import Synchronization

/// Notices nodes that fell silent, and keeps the taints that say how a node is.
struct NodeLifecycleController: Sendable {
  /// What a kubelet that does not report may no longer be believed about.
  private static let conditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]
  private let context: ControllerContext
  private let heartbeats: Heartbeats

  private final class Heartbeats: Sendable {
    let value: Mutex<NodeHeartbeats>
    init(grace: Duration) { value = Mutex(NodeHeartbeats(grace: grace)) }
  }

  init(_ context: ControllerContext) {
    self.context = context
    heartbeats = Heartbeats(grace: context.settings.nodeGracePeriod)
  }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "node-lifecycle", caches: [caches.nodes, caches.leases, caches.pods],
      sources: [
        Controller.keys(of: caches.nodes), Controller.keys(of: caches.leases) { [ObjectKey($0.object.name)] },
      ],
      logger: context.logger
    ) { key in try await reconcile(key) }
  }

  private func reconcile(_ key: ObjectKey) async throws -> Duration? {
    let caches = context.caches
    guard var node = caches.nodes.get(key) else {
      heartbeats.value.withLock { $0.forget(key.name) }
      return nil
    }
    // Either is a sign of life: the renewed Lease, or a status that the node posted.
    let lease = caches.leases.get(key.name, in: ClusterCaches.nodeLeases)?.spec?.renewTime ?? ""
    let posted = node.status?.conditions?.first { $0.type == "Ready" }?.lastHeartbeatTime ?? ""
    let renewal = "\(lease) \(posted)"
    let (isSilent, deadline) = heartbeats.value.withLock { heartbeats in
      heartbeats.observe(key.name, renewal: renewal, at: .now)
      return (heartbeats.isSilent(key.name, at: .now), heartbeats.deadline(of: key.name))
    }
    if isSilent, node.status?.conditions?.first(where: { $0.type == "Ready" })?.status != "Unknown" {
      context.logger.warning("a node fell silent", metadata: ["node": "\(node.name)"])
      context.events.record(
        .normal, reason: "NodeNotReady", message: "Node \(node.name) status is now: NodeNotReady", about: node)
      guard let written = try await markUnknown(node) else { return nil }
      caches.nodes.observe(written)
      node = written
    }
    if let taints = NodeTaintPlan.taints(for: node, now: .now) {
      let patch: JSON = [
        "metadata": [
          "uid": .string(node.uid), "resourceVersion": .string(node.metadata.resourceVersion ?? ""),
        ],
        "spec": ["taints": try JSON(encoding: taints)],
      ]
      let written = try await context.ifPresent {
        try await context.client.patch(Node.self, node.name, .merge(patch))
      }
      if let written { caches.nodes.observe(written) }
    }
    if isSilent { try await markPodsUnready(on: node.name) }
    return isSilent ? nil : deadline.map { max(.zero, $0 - ContinuousClock.now) }
  }

  private func markUnknown(_ node: Node) async throws -> Node? {
    let now = Date.now.kubernetesTime
    let known = node.status?.conditions ?? []
    let changed: [JSON] = Self.conditions.compactMap { type in
      let before = known.first { $0.type == type }
      guard before != nil || type == "Ready", before?.status != "Unknown" else { return nil }
      var condition: JSON = [
        "type": .string(type), "status": "Unknown", "lastTransitionTime": .string(now),
        "reason": .string(before == nil ? "NodeStatusNeverUpdated" : "NodeStatusUnknown"),
        "message": .string(
          before == nil ? "Kubelet never posted node status." : "Kubelet stopped posting node status."),
      ]
      condition["lastHeartbeatTime"] = before?.lastHeartbeatTime.map { .string($0) }
      return condition
    }
    let patch: JSON = ["metadata": ["uid": .string(node.uid)], "status": ["conditions": .array(changed)]]
    return try await context.ifPresent {
      try await context.client.patch(Node.self, node.name, in: nil, .strategic(patch), subresource: "status")
    }
  }

  /// Nobody renews their readiness any more, and services must not send connections there.
  private func markPodsUnready(on node: String) async throws {
    for pod in context.caches.pods.all() where pod.spec?.nodeName == node && pod.isReady && !pod.hasEnded {
      let condition: JSON = [
        "type": "Ready", "status": "False", "reason": "NodeNotReady",
        "lastTransitionTime": .string(Date.now.kubernetesTime),
      ]
      let patch: JSON = ["metadata": ["uid": .string(pod.uid)], "status": ["conditions": [condition]]]
      let written = try await context.ifPresent {
        try await context.client.patch(Pod.self, pod.name, in: pod.namespace, .strategic(patch), subresource: "status")
      }
      if let written { context.caches.pods.observe(written) }
    }
  }
}
