import Kubernetes

/// How well each feasible node suits a pod. The parts and their weights are those of Kubernetes' default profile.
struct NodeScores: Sendable {
  /// One total for each feasible node, in their order.
  let totals: [Int]

  init(pod: Pod, requests: ResourceAmounts, feasible: [NodeState], snapshot: SchedulingSnapshot) {
    var totals = [Int](repeating: 0, count: feasible.count)
    func add(_ scores: [Int], weight: Int) {
      for index in scores.indices { totals[index] += scores[index] * weight }
    }
    add(
      Self.fewest(
        feasible.map { state in
          state.taints.count { $0.effect == "PreferNoSchedule" && !pod.tolerates($0) }
        }), weight: 3)
    add(Self.most(feasible.map { Self.nodePreference(of: pod, for: $0.node) }), weight: 2)
    add(Self.most(Self.podPreferences(of: pod, feasible, snapshot)), weight: 2)
    add(Self.spread(pod, feasible, snapshot), weight: 2)
    add(feasible.map { Self.leastAllocated($0, requests) }, weight: 1)
    self.totals = totals
  }

  /// 100 for the largest value, 0 for the smallest; 0 for all where there is no difference.
  private static func most(_ values: [Int]) -> [Int] {
    guard let low = values.min(), let high = values.max(), high > low else { return values.map { _ in 0 } }
    return values.map { ($0 - low) * 100 / (high - low) }
  }

  private static func fewest(_ values: [Int]) -> [Int] { most(values.map { -$0 }) }

  private static func nodePreference(of pod: Pod, for node: Node) -> Int {
    (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      .reduce(0) { $0 + ($1.preference.matches(node) ? $1.weight : 0) }
  }

  /// The pod's wishes about its neighbours, and theirs about it.
  private static func podPreferences(of pod: Pod, _ feasible: [NodeState], _ snapshot: SchedulingSnapshot) -> [Int] {
    var weights: [[String]: Int] = [:]
    func count(_ terms: [(ResolvedAffinityTerm, Int)], matching other: Pod, on state: NodeState) {
      for (term, weight) in terms where term.matches(other, namespaces: snapshot.namespaces) {
        if let domain = state.domain(term.topologyKey) { weights[[term.topologyKey, domain], default: 0] += weight }
      }
    }
    let own = preferences(of: pod)
    for state in snapshot.nodes {
      for other in state.pods {
        count(own, matching: other, on: state)
        count(preferences(of: other), matching: pod, on: state)
      }
    }
    return feasible.map { state in
      weights.reduce(0) { $0 + (state.domain($1.key[0]) == $1.key[1] ? $1.value : 0) }
    }
  }

  private static func preferences(of pod: Pod) -> [(ResolvedAffinityTerm, Int)] {
    let rules = pod.spec?.affinity
    let near = rules?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    let far = rules?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    return near.map { (ResolvedAffinityTerm($0.podAffinityTerm, of: pod), $0.weight) }
      + far.map { (ResolvedAffinityTerm($0.podAffinityTerm, of: pod), -$0.weight) }
  }

  /// Fewer matching pods in the node's domains are better. A pod without constraints of its own is kept apart from
  /// those of the same controller, by zone and by node, as Kubernetes' default constraints do.
  private static func spread(_ pod: Pod, _ feasible: [NodeState], _ snapshot: SchedulingSnapshot) -> [Int] {
    if pod.spec?.topologySpreadConstraints?.isEmpty ?? true {
      guard let owner = pod.controllerReference?.uid else { return feasible.map { _ in 0 } }
      var zones: [String: Int] = [:]
      var nodes: [String: Int] = [:]
      for state in snapshot.nodes {
        let siblings = state.pods.count { $0.controllerReference?.uid == owner && !$0.isBeingDeleted }
        nodes[state.node.name] = siblings
        zones[state.domain("topology.kubernetes.io/zone") ?? "", default: 0] += siblings
      }
      return fewest(
        feasible.map { state in
          (nodes[state.node.name] ?? 0) + (zones[state.domain("topology.kubernetes.io/zone") ?? ""] ?? 0)
        })
    }
    let wished = TopologySpread(pod: pod, whenUnsatisfiable: "ScheduleAnyway", snapshot: snapshot)
    let demanded = TopologySpread(pod: pod, whenUnsatisfiable: "DoNotSchedule", snapshot: snapshot)
    return fewest(
      feasible.map { state in
        (wished.constraints + demanded.constraints).reduce(0) { sum, constraint in
          // A node outside every domain is worse than the fullest domain.
          guard let domain = state.domain(constraint.topologyKey) else {
            return sum + (constraint.counts.values.max() ?? 0) + 1
          }
          return sum + (constraint.counts[domain] ?? 0)
        }
      })
  }

  /// The share of processors and memory that stays free, 0 to 100.
  private static func leastAllocated(_ state: NodeState, _ requests: ResourceAmounts) -> Int {
    let shares = ["cpu", "memory"].map { resource -> Int in
      let all = Double(state.allocatable[resource])
      guard all > 0 else { return 0 }
      let used = Double(state.requested[resource]) + Double(requests[resource])
      return max(0, Int((1 - used / all) * 100))
    }
    return shares.reduce(0, +) / shares.count
  }
}
