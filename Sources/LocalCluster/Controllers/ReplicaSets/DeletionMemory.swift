import Kubernetes
import Synchronization

/// Pods that were deleted a moment ago, until the cache shows it: without this, a second look at an old state would
/// delete other pods as well.
final class DeletionMemory: Sendable {
  private let uids = Mutex<Set<String>>([])

  func insert(_ uid: String) { uids.withLock { _ = $0.insert(uid) } }

  /// The pods without those that are on their way out although their state does not say so yet.
  func filter(_ pods: [Pod], of cache: ObjectCache<Pod>) -> [Pod] {
    uids.withLock { uids in
      guard !uids.isEmpty else { return pods }
      let alive = Set(cache.all().filter { !$0.isBeingDeleted }.map(\.uid))
      uids.formIntersection(alive)
      return pods.filter { !uids.contains($0.uid) }
    }
  }
}
