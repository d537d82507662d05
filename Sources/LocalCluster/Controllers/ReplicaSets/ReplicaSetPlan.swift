import Foundation
import Kubernetes

/// The next step of a replica set.
struct ReplicaSetPlan: Sendable {
  /// Pods to make at most in one pass, as Kubernetes limits it.
  static let burst = 500

  /// Pods that match and belong to nobody.
  private(set) var adopt: [Pod] = []
  /// Own pods whose labels were changed away.
  private(set) var release: [Pod] = []
  private(set) var create = 0
  private(set) var delete: [Pod] = []
  private(set) var status: ReplicaSetStatus
  /// When a ready pod becomes available without anything else happening.
  private(set) var recheck: Date?

  /// - Parameter pods: the pods of the set's namespace; those that are known to be on their way out may be left out.
  init(_ set: ReplicaSet, pods: [Pod], now: Date) {
    let spec = set.spec ?? ReplicaSetSpec()
    var active: [Pod] = []
    var terminating = 0
    for pod in pods where pod.namespace == set.namespace && !pod.hasEnded {
      let matches = spec.selector.matches(pod.labels)
      if let owner = pod.controllerReference {
        guard owner.uid == set.uid else { continue }
        if pod.isBeingDeleted {
          terminating += 1
        } else if matches {
          active.append(pod)
        } else {
          release.append(pod)
        }
      } else if matches, !pod.isBeingDeleted, !set.isBeingDeleted {
        adopt.append(pod)
        active.append(pod)
      }
    }
    if !set.isBeingDeleted {
      create = min(Self.burst, max(0, spec.replicas - active.count))
      if active.count > spec.replicas {
        let ranked = active.sorted { Self.goes($0, before: $1, among: active) }
        delete = Array(ranked.prefix(min(Self.burst, active.count - spec.replicas)))
      }
    }
    let ready = active.filter(\.isReady)
    let minReady = TimeInterval(spec.minReadySeconds ?? 0)
    let availableFrom = ready.map { ($0.readySince ?? now).addingTimeInterval(minReady) }
    recheck = minReady > 0 ? availableFrom.filter { $0 > now }.min() : nil
    var status = set.status ?? ReplicaSetStatus()
    status.replicas = active.count
    status.readyReplicas = ready.count
    status.availableReplicas = minReady > 0 ? availableFrom.count { $0 <= now } : ready.count
    let templateLabels = spec.template?.metadata?.labels ?? [:]
    status.fullyLabeledReplicas = active.count { pod in templateLabels.allSatisfy { pod.labels[$0.key] == $0.value } }
    status.terminatingReplicas = terminating
    status.observedGeneration = set.metadata.generation
    self.status = status
  }

  /// Kubernetes' order (`ActivePodsWithRanks`): the pod whose loss costs least goes first.
  private static func goes(_ left: Pod, before right: Pod, among all: [Pod]) -> Bool {
    func siblings(_ pod: Pod) -> Int { all.count { $0.spec?.nodeName == pod.spec?.nodeName } }
    func rank(_ pod: Pod) -> [Int] {
      let phase = ["Pending": 0, "Unknown": 1, "Running": 2][pod.status?.phase ?? "Pending"] ?? 0
      let cost = pod.annotations["controller.kubernetes.io/pod-deletion-cost"].flatMap { Int($0) } ?? 0
      let restarts = (pod.status?.containerStatuses ?? []).map(\.restartCount).max() ?? 0
      return [
        pod.spec?.nodeName?.isEmpty ?? true ? 0 : 1, phase, pod.isReady ? 1 : 0, cost, -siblings(pod), -restarts,
      ]
    }
    let (first, second) = (rank(left), rank(right))
    if first != second { return first.lexicographicallyPrecedes(second) }
    let (born, other) = (left.metadata.creationTimestamp ?? "", right.metadata.creationTimestamp ?? "")
    return born == other ? left.name > right.name : born > other
  }
}

extension Pod {
  /// Since when the pod has been ready; nil where it is not.
  var readySince: Date? {
    status?.conditions?.first { $0.type == "Ready" && $0.status == "True" }
      .flatMap { Date(kubernetesTime: $0.lastTransitionTime) }
  }
}
