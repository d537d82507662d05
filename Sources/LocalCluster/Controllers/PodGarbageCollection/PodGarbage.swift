import Kubernetes

/// Pods that nobody will ever finish or look at again.
struct PodGarbage: Sendable, Equatable {
  /// Bound to a node that does not exist: namespace/name with uid.
  private(set) var orphaned: [Pod] = []
  /// Deleted before they had a node; no kubelet will confirm it.
  private(set) var unscheduled: [Pod] = []
  /// Ended, and more of them than are kept; the oldest.
  private(set) var surplus: [Pod] = []

  /// - Parameter keep: how many ended pods to keep in all.
  init(pods: [Pod], nodes: Set<String>, keep: Int) {
    var ended: [Pod] = []
    for pod in pods {
      let node = pod.spec?.nodeName ?? ""
      if !node.isEmpty, !nodes.contains(node) {
        orphaned.append(pod)
      } else if node.isEmpty, pod.isBeingDeleted {
        unscheduled.append(pod)
      } else if pod.hasEnded, !pod.isBeingDeleted {
        ended.append(pod)
      }
    }
    if ended.count > keep {
      let oldest = ended.sorted {
        ($0.metadata.creationTimestamp ?? "", $0.name) < ($1.metadata.creationTimestamp ?? "", $1.name)
      }
      surplus = Array(oldest.prefix(ended.count - keep))
    }
  }
}
