import Foundation
import Kubernetes

/// Deletes pods from nodes whose `NoExecute` taints they do not tolerate, or no longer.
struct TaintEvictionController: Sendable {
  private let context: ControllerContext

  init(_ context: ControllerContext) { self.context = context }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "taint-eviction", caches: [caches.nodes, caches.pods],
      sources: [
        Controller.keys(of: caches.pods) { change in
          // Only the node and the tolerations count, and hardly any change is about them.
          if case .updated(let old, let new) = change, old.spec?.nodeName == new.spec?.nodeName,
            old.spec?.tolerations == new.spec?.tolerations
          {
            return []
          }
          return [change.key]
        },
        Controller.keys(of: caches.nodes) { change in
          if case .updated(let old, let new) = change, old.spec?.taints == new.spec?.taints { return [] }
          return caches.pods.all().filter { $0.spec?.nodeName == change.object.name }.map { ObjectKey($0) }
        },
      ],
      logger: context.logger
    ) { key in try await reconcile(key) }
  }

  private func reconcile(_ key: ObjectKey) async throws -> Duration? {
    guard let pod = context.caches.pods.get(key), !pod.isBeingDeleted, !pod.hasEnded,
      let node = pod.spec?.nodeName.flatMap({ context.caches.nodes.get($0) }),
      let deadline = TaintEviction.deadline(
        for: pod, on: node, impliedSeconds: context.settings.defaultTolerationSeconds, now: .now)
    else { return nil }
    guard deadline <= .now else { return deadline.remaining() }
    context.events.record(
      .normal, reason: "TaintManagerEviction", message: "Marking for deletion Pod \(key)", about: pod)
    try await context.delete(pod)
    return nil
  }
}
