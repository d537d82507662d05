import Foundation
import Kubernetes
import Synchronization

/// Removes pods that no node will ever report on again, and ended pods beyond a number.
struct PodGarbageCollector: Sendable {
  private let context: ControllerContext
  private let orphans = OrphanTimes()

  /// Since when each orphaned pod (uid) has been one.
  private final class OrphanTimes: Sendable {
    let since = Mutex<[String: ContinuousClock.Instant]>([:])
  }

  init(_ context: ControllerContext) { self.context = context }

  /// There is one thing to look at: all pods.
  var controller: Controller<String> {
    let caches = context.caches
    return Controller(
      "pod-garbage", caches: [caches.nodes, caches.pods],
      sources: [
        Controller.keys(of: caches.pods) { change in
          switch change {
          case .added: return ["pods"]
          case .updated(let old, let new):
            let isRelevant =
              old.hasEnded != new.hasEnded || old.isBeingDeleted != new.isBeingDeleted
              || old.spec?.nodeName != new.spec?.nodeName
            return isRelevant ? ["pods"] : []
          case .deleted: return []
          }
        },
        Controller.keys(of: caches.nodes) { change in if case .deleted = change { ["pods"] } else { [] } },
      ],
      logger: context.logger
    ) { _ in try await collect() }
  }

  private func collect() async throws -> Duration? {
    let garbage = PodGarbage(
      pods: context.caches.pods.all(), nodes: Set(context.caches.nodes.all().map(\.name)),
      keep: context.settings.keptEndedPods)
    for pod in garbage.unscheduled { try await context.delete(pod, gracePeriod: 0) }
    for pod in garbage.surplus { try await context.delete(pod, gracePeriod: 0) }
    return try await removeOrphans(garbage.orphaned)
  }

  /// - Returns: when the next one has waited long enough.
  private func removeOrphans(_ pods: [Pod]) async throws -> Duration? {
    let now = ContinuousClock.now
    let quarantine = context.settings.orphanQuarantine
    let known = orphans.since.withLock { since in
      let uids = Set(pods.map(\.uid))
      since = since.filter { uids.contains($0.key) }
      for uid in uids where since[uid] == nil { since[uid] = now }
      return since
    }
    for pod in pods {
      guard let since = known[pod.uid], since + quarantine <= now, let node = pod.spec?.nodeName else { continue }
      // The cache may not have a node yet that has just registered.
      guard try await context.client.find(Node.resource, node) == nil else { continue }
      if !pod.hasEnded { try await markFailed(pod) }
      try await context.delete(pod, gracePeriod: 0)
    }
    return known.values.map { $0 + quarantine }.filter { $0 > now }.min().map { $0 - now }
  }

  private func markFailed(_ pod: Pod) async throws {
    let condition: JSON = [
      "type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC",
      "message": "PodGC: node no longer exists", "lastTransitionTime": .string(Date.now.kubernetesTime),
    ]
    let patch: JSON = [
      "metadata": ["uid": .string(pod.uid)], "status": ["phase": "Failed", "conditions": [condition]],
    ]
    try await context.ifPresent {
      try await context.client.patch(Pod.self, pod.name, in: pod.namespace, .strategic(patch), subresource: "status")
    }
  }
}
