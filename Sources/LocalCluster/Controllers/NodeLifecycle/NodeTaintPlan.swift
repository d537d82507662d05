import Foundation
import Kubernetes

/// The taints that follow from a node's `Ready` condition.
enum NodeTaintPlan {
  private static let managed = [Taint.notReady, Taint.unreachable]

  /// - Returns: the node's taints as they should be; nil where they are.
  static func taints(for node: Node, now: Date) -> [Taint]? {
    let present = node.spec?.taints ?? []
    let key: String? =
      switch node.status?.conditions?.first(where: { $0.type == "Ready" })?.status {
      case "True": nil
      case "Unknown": Taint.unreachable
      default: Taint.notReady
      }
    var wanted = present.filter { !managed.contains($0.key) || $0.key == key }
    if let key {
      for effect in ["NoSchedule", "NoExecute"] where !wanted.contains(where: { $0.key == key && $0.effect == effect })
      {
        wanted.append(
          .with {
            $0.key = key
            $0.effect = effect
            $0.timeAdded = now.kubernetesTime
          })
      }
    }
    return wanted == present ? nil : wanted
  }
}

/// When pods have to leave a node with `NoExecute` taints.
enum TaintEviction {
  /// What the API server's admission gives every pod that says nothing of its own (`DefaultTolerationSeconds`).
  static let impliedTolerations: [String] = [Taint.notReady, Taint.unreachable]

  /// - Parameter impliedSeconds: how long a pod without a word about them tolerates `not-ready` and `unreachable`.
  /// - Returns: nil where the pod may stay.
  static func deadline(for pod: Pod, on node: Node, impliedSeconds: Int, now: Date) -> Date? {
    var deadline: Date?
    for taint in node.spec?.taints ?? [] where taint.effect == "NoExecute" {
      var tolerated = (pod.spec?.tolerations ?? []).filter { $0.tolerates(taint) }
      if tolerated.isEmpty, impliedTolerations.contains(taint.key) {
        tolerated = [.with { ($0.key, $0.operator, $0.tolerationSeconds) = (taint.key, "Exists", impliedSeconds) }]
      }
      let since = Date(kubernetesTime: taint.timeAdded) ?? now
      let end: Date?
      if tolerated.isEmpty {
        end = since
      } else {
        // Of several tolerations the shortest counts; one without a limit adds none.
        end = tolerated.compactMap(\.tolerationSeconds).min().map { since.addingTimeInterval(TimeInterval(max(0, $0))) }
      }
      if let end { deadline = deadline.map { min($0, end) } ?? end }
    }
    return deadline
  }
}
