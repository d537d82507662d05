import Kubernetes
import Synchronization

/// Something a person should know about a Cluster, as a Warning event says it.
struct ClusterWarning: Hashable {
  let reason: String
  let message: String
}

/// Which warnings hold for which Cluster. Passes come every few seconds; a warning is said when it begins to hold, not in
/// each of them.
final class WarningMemory: Sendable {
  private let said = Mutex<[ObjectKey: [String: Set<ClusterWarning>]]>([:])

  /// Takes note of all that holds in one respect.
  ///
  /// - Returns: what did not hold the last time, in order.
  func begun(_ warnings: [ClusterWarning], of key: ObjectKey, topic: String) -> [ClusterWarning] {
    let before = said.withLock { said in
      let before = said[key]?[topic] ?? []
      if before != Set(warnings) { said[key, default: [:]][topic] = warnings.isEmpty ? nil : Set(warnings) }
      return before
    }
    var new: [ClusterWarning] = []
    for warning in warnings where !before.contains(warning) && !new.contains(warning) { new.append(warning) }
    return new
  }

  func forget(_ key: ObjectKey) { said.withLock { $0[key] = nil } }
}
