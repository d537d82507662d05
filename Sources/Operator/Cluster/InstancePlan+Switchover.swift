import ClusterAPI
import Kubernetes

extension InstancePlan {
  /// A node that is being emptied waits for its primary: the disruption budget lets nobody evict it. So it hands over to
  /// one elsewhere.
  mutating func leaveDrainedNode(
    _ blueprint: Blueprint, _ observed: ObservedCluster, _ instances: [InstanceName]
  ) {
    guard let primary = instances.first(where: { $0.text == blueprint.currentPrimary }),
      let node = observed.node(of: primary), node.isBeingDrained(blueprint.settings.drainTaints)
    else { return }
    switchOver(from: primary, .drained(node: node.name), blueprint, observed, instances)
  }

  /// Asks for the switchover if nobody has yet and there is somebody to take over.
  ///
  /// - Returns: whether it is under way.
  @discardableResult
  mutating func switchOver(
    from primary: InstanceName, _ why: SwitchoverReason, _ blueprint: Blueprint, _ observed: ObservedCluster,
    _ instances: [InstanceName]
  ) -> Bool {
    if instances.contains(where: { blueprint.isSwitchoverTarget($0.text) }) { return true }
    guard !observed.hasJustAskedForSwitchover, blueprint.cluster.status?.targetPrimary == primary.text else {
      return false
    }
    let fit = instances.filter { instance in
      guard instance != primary, let pod = observed.pod(instance), pod.isReady, !pod.isBeingDeleted,
        let report = observed.reports[instance.text], report.isWalReceiverActive == true,
        !blueprint.cluster.isFenced(instance.text)
      else { return false }
      return observed.node(of: instance).map { !$0.isBeingDrained(blueprint.settings.drainTaints) } ?? true
    }
    // Whoever is furthest, so that the pause is short; then the first. An LSN is two hexadecimal numbers.
    let furthest = fit.max { one, other in
      let (a, b) = (
        observed.reports[one.text]?.receivedPosition ?? 0, observed.reports[other.text]?.receivedPosition ?? 0
      )
      return a != b ? a < b : one > other
    }
    guard let target = furthest else { return false }
    actions.append(.switchOver(from: primary, to: target, why))
    phase = Phase.switchover
    switch why {
    case .drained(let node):
      reason =
        "Switching over to \(target.text), because primary instance was running on unschedulable node \(node)"
    case .outdated(let change): reason = "Switching over to \(target.text), because: \(change)"
    }
    return true
  }
}

extension Node {
  /// Whether its pods are asked to go elsewhere: cordoned, or marked by whoever takes machines away.
  func isBeingDrained(_ taints: [String]) -> Bool {
    spec?.unschedulable == true || (spec?.taints ?? []).contains { taints.contains($0.key) }
  }
}

extension InstanceReport {
  /// As a number, to be compared.
  var receivedPosition: UInt64? {
    let halves = (receivedLsn ?? "").split(separator: "/").map { UInt64($0, radix: 16) }
    guard halves.count == 2, let high = halves[0], let low = halves[1] else { return nil }
    return high << 32 | low
  }
}
