import Glibc
import Synchronization

/// Which children belong to a ``ChildProcess``: the reaper of orphans leaves those alone.
final class ChildRegistry: Sendable {
  static let shared = ChildRegistry()

  private let children = Mutex<[pid_t: ChildProcess]>([:])

  /// Starts a child and remembers it in one step. Until its exit this keeps the object alive.
  func register(
    _ start: () throws(ProcessError) -> (pid_t, ChildProcess)
  ) throws(ProcessError) -> ChildProcess {
    try children.withLock { children throws(ProcessError) in
      let (pid, child) = try start()
      children[pid] = child
      return child
    }
  }

  func remove(_ pid: pid_t) { children.withLock { _ = $0.removeValue(forKey: pid) } }

  /// Calls the body for every given child that is nobody's; none is started meanwhile.
  func forEachStranger(of candidates: () -> [pid_t], _ body: (pid_t) -> Void) {
    children.withLock { children in
      for pid in candidates() where children[pid] == nil { body(pid) }
    }
  }
}
