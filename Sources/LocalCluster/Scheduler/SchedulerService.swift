import Foundation
import Kubernetes
import Logging
import ServiceLifecycle
import Synchronization

/// The scheduler: binds pods to nodes, one at a time, when something changes that may let it.
public struct SchedulerService: ServiceLifecycle.Service {
  private static let name = "default-scheduler"
  private let client: KubernetesClient
  private let caches: ClusterCaches
  private let events: EventRecorder
  private let logger: Logger
  private let assumptions = Assumptions()

  /// Nodes of pods (by uid) that were bound a moment ago, until the cache shows it.
  private final class Assumptions: Sendable {
    let nodes = Mutex<[String: String]>([:])
    /// Since when pods (by uid) have waited for a node.
    let waiting = Mutex<[String: ContinuousClock.Instant]>([:])
  }

  /// For so long nothing is said about a pod that cannot be bound: its volumes were asked for together with it, and are
  /// about to be there.
  private static let silence = Duration.milliseconds(500)

  /// - Parameter caches: shared with the controllers and the proxy; somebody else runs them.
  public init(client: KubernetesClient, caches: ClusterCaches, logger: Logger) {
    self.client = client
    self.caches = caches
    self.logger = logger
    events = EventRecorder(client, component: Self.name, instance: "matriarch", logger: logger)
  }

  /// Works until shutdown or cancellation.
  public func run() async {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await events.run() }
        group.addTask { await controller.run() }
      }
    }
  }

  private var controller: Controller<ObjectKey> {
    Controller(
      "scheduler",
      caches: [caches.pods, caches.nodes, caches.namespaces, caches.claims, caches.volumes, caches.storageClasses],
      sources: [
        Controller.keys(of: caches.pods) { concerned(by: $0) },
        Controller.keys(of: caches.nodes) { change in
          if case .updated(let old, let new) = change, !Self.matters(old, new) { return [] }
          return waiting()
        },
        Controller.keys(of: caches.claims) { change in
          // Only pods of the claim's namespace can use it.
          waiting().filter { $0.namespace == change.key.namespace }
        },
        Controller.keys(of: caches.volumes) { _ in waiting() },
        Controller.keys(of: caches.storageClasses) { _ in waiting() },
      ],
      logger: logger
    ) { key in
      guard let pod = caches.pods.get(key), isMine(pod) else { return nil }
      return try await schedule(pod)
    }
  }

  // MARK: What to look at

  private func isMine(_ pod: Pod) -> Bool {
    (pod.spec?.nodeName ?? "").isEmpty && !pod.isBeingDeleted && !pod.hasEnded && pod.spec?.schedulerName == Self.name
      && (pod.spec?.schedulingGates ?? []).isEmpty && assumptions.nodes.withLock { $0[pod.uid] == nil }
  }

  private func waiting() -> [ObjectKey] { caches.pods.all().filter(isMine).map { ObjectKey($0) } }

  private func concerned(by change: Change<Pod>) -> [ObjectKey] {
    switch change {
    case .added(let pod): return isMine(pod) ? [change.key] : []
    case .deleted: return waiting()
    case .updated(let old, let new):
      if isMine(new) {
        // The condition that this scheduler wrote is no reason to try again.
        return old.spec != new.spec || old.labels != new.labels || old.uid != new.uid ? [change.key] : []
      }
      let matters =
        old.spec?.nodeName != new.spec?.nodeName || old.hasEnded != new.hasEnded || old.labels != new.labels
        || old.isBeingDeleted != new.isBeingDeleted || old.spec?.containers != new.spec?.containers
      return matters ? waiting() : []
    }
  }

  /// Heartbeats change a node all the time, and mean nothing for pods.
  private static func matters(_ old: Node, _ new: Node) -> Bool {
    let ready = { (node: Node) in node.status?.conditions?.first { $0.type == "Ready" }?.status }
    return old.labels != new.labels || old.spec != new.spec || ready(old) != ready(new)
      || old.status?.allocatable != new.status?.allocatable
  }

  // MARK: Acting

  /// - Returns: when to look again at a pod that waits, should nothing happen before.
  private func schedule(_ pod: Pod) async throws -> Duration? {
    let pods = caches.pods.all()
    let unbound = Set(pods.filter { ($0.spec?.nodeName ?? "").isEmpty }.map(\.uid))
    let assumed = assumptions.nodes.withLock { nodes in
      nodes = nodes.filter { unbound.contains($0.key) }
      return nodes
    }
    let since = assumptions.waiting.withLock { waiting in
      waiting = waiting.filter { unbound.contains($0.key) }
      let since = waiting[pod.uid] ?? .now
      waiting[pod.uid] = since
      return since
    }
    let snapshot = SchedulingSnapshot(
      nodes: caches.nodes.all(), pods: pods, assumed: assumed, namespaces: caches.namespaces.all(),
      claims: caches.claims.all(), volumes: caches.volumes.all(), classes: caches.storageClasses.all())
    switch Scheduling.place(pod, in: snapshot) {
    case .bind(let node): try await bind(pod, to: node)
    case .placeVolumes(let node, let claims):
      for claim in claims { try await place(claim, of: pod, on: node) }
    case .unschedulable(let message):
      let silent = Self.silence - (.now - since)
      if silent > .zero { return silent }
      try await report(pod, message)
    }
    return nil
  }

  private func bind(_ pod: Pod, to node: String) async throws {
    let binding: JSON = [
      "apiVersion": "v1", "kind": "Binding",
      "metadata": ["name": .string(pod.name), "namespace": .string(pod.namespace), "uid": .string(pod.uid)],
      "target": ["apiVersion": "v1", "kind": "Node", "name": .string(node)],
    ]
    assumptions.nodes.withLock { $0[pod.uid] = node }
    do {
      _ = try await client.create(Pod.resource, pod.name, in: pod.namespace, subresource: "binding", binding)
    } catch {
      // Where the answer was lost the pod is bound or not; the next look at it will tell.
      assumptions.nodes.withLock { _ = $0.removeValue(forKey: pod.uid) }
      if let error = error as? APIError, error.isNotFound || error.isConflict { return }
      throw error
    }
    logger.info("bound a pod", metadata: ["pod": "\(ObjectKey(pod))", "node": "\(node)"])
    events.record(
      .normal, reason: "Scheduled", message: "Successfully assigned \(ObjectKey(pod)) to \(node)", about: pod)
  }

  /// Tells the provisioner for which node to make a claim's volume; its being bound brings the pod here again.
  private func place(_ claim: String, of pod: Pod, on node: String) async throws {
    guard let object = caches.claims.get(claim, in: pod.namespace),
      object.annotations[VolumePlacement.selectedNode] != node
    else { return }
    let patch: JSON = [
      "metadata": ["uid": .string(object.uid), "annotations": [VolumePlacement.selectedNode: .string(node)]]
    ]
    caches.claims.observe(
      try await client.patch(PersistentVolumeClaim.self, claim, in: pod.namespace, .merge(patch)))
  }

  private func report(_ pod: Pod, _ message: String) async throws {
    let known = pod.status?.conditions?.first { $0.type == "PodScheduled" }
    guard known?.status != "False" || known?.reason != "Unschedulable" || known?.message != message else { return }
    events.record(.warning, reason: "FailedScheduling", message: message, about: pod)
    let condition: JSON = [
      "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": .string(message),
      "lastTransitionTime": .string(
        (known?.status == "False" ? known?.lastTransitionTime : nil) ?? Date.now.kubernetesTime),
    ]
    let patch: JSON = ["metadata": ["uid": .string(pod.uid)], "status": ["conditions": [condition]]]
    do {
      caches.pods.observe(
        try await client.patch(Pod.self, pod.name, in: pod.namespace, .strategic(patch), subresource: "status"))
    } catch let error as APIError where error.isNotFound {
      return
    }
  }
}
