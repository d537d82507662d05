import Kubernetes

/// `topologySpreadConstraints` of one kind for one pod: how many matching pods each domain has.
struct TopologySpread: Sendable {
  struct Constraint: Sendable {
    let maxSkew: Int
    let minDomains: Int
    let topologyKey: String
    /// 1 where the new pod counts itself.
    let own: Int
    /// Matching pods in each domain that the pod may choose.
    let counts: [String: Int]

    /// The least that a domain has; none, as long as there are fewer domains than asked for.
    var minimum: Int { counts.count < minDomains ? 0 : counts.values.min() ?? 0 }
  }

  let constraints: [Constraint]

  init(pod: Pod, whenUnsatisfiable: String, snapshot: SchedulingSnapshot) {
    let declared = (pod.spec?.topologySpreadConstraints ?? []).filter { $0.whenUnsatisfiable == whenUnsatisfiable }
    let keys = declared.map(\.topologyKey)
    constraints = declared.map { constraint in
      var counts: [String: Int] = [:]
      for state in snapshot.nodes where Self.counts(state, for: pod, constraint, keys: keys) {
        guard let domain = state.domain(constraint.topologyKey) else { continue }
        counts[domain, default: 0] += state.pods.count { other in
          other.namespace == pod.namespace && !other.isBeingDeleted && Self.matches(other, constraint, pod)
        }
      }
      return Constraint(
        maxSkew: constraint.maxSkew, minDomains: constraint.minDomains ?? 1, topologyKey: constraint.topologyKey,
        own: Self.matches(pod, constraint, pod) ? 1 : 0, counts: counts)
    }
  }

  /// Why the node is out of the question, in Kubernetes' words; nil where it is not.
  func objection(to state: NodeState) -> String? {
    for constraint in constraints {
      guard let domain = state.domain(constraint.topologyKey) else {
        return "node(s) didn't match pod topology spread constraints (missing required label)"
      }
      let skew = (constraint.counts[domain] ?? 0) + constraint.own - constraint.minimum
      if skew > constraint.maxSkew { return "node(s) didn't match pod topology spread constraints" }
    }
    return nil
  }

  /// Whether the node makes a domain: it has all the topology keys, and the policies let it count.
  private static func counts(
    _ state: NodeState, for pod: Pod, _ constraint: TopologySpreadConstraint, keys: [String]
  ) -> Bool {
    guard keys.allSatisfy({ state.domain($0) != nil }) else { return false }
    if (constraint.nodeAffinityPolicy ?? "Honor") == "Honor", !pod.selects(state.node) { return false }
    if constraint.nodeTaintsPolicy == "Honor" {
      return state.taints.allSatisfy { $0.effect == "PreferNoSchedule" || pod.tolerates($0) }
    }
    return true
  }

  private static func matches(_ other: Pod, _ constraint: TopologySpreadConstraint, _ pod: Pod) -> Bool {
    guard let selector = constraint.labelSelector, selector.matches(other.labels) else { return false }
    return (constraint.matchLabelKeys ?? []).allSatisfy { key in
      pod.labels[key] == nil || pod.labels[key] == other.labels[key]
    }
  }
}
