import Kubernetes

/// Where a pod goes.
enum Placement: Sendable, Equatable {
  case bind(node: String)
  /// Its claims (names) get a volume for this node first; then the pod is looked at again.
  case placeVolumes(node: String, claims: [String])
  /// Nowhere for now; the text is that of Kubernetes' scheduler.
  case unschedulable(message: String)
}

/// The scheduler's decision. The same input gives the same node.
enum Scheduling {
  static func place(_ pod: Pod, in snapshot: SchedulingSnapshot) -> Placement {
    guard !snapshot.nodes.isEmpty else { return .unschedulable(message: "no nodes available to schedule pods") }
    let volumes = VolumePlacement(pod: pod, snapshot: snapshot)
    if let obstacle = volumes.obstacle {
      return .unschedulable(message: "0/\(snapshot.nodes.count) nodes are available: \(obstacle).")
    }
    let affinity = InterPodAffinity(pod: pod, snapshot: snapshot)
    let spread = TopologySpread(pod: pod, whenUnsatisfiable: "DoNotSchedule", snapshot: snapshot)
    let requests = ResourceAmounts.requested(by: pod)
    var feasible: [NodeState] = []
    var objections: [String: Int] = [:]
    for state in snapshot.nodes {
      let found =
        objectionsOfNode(state, to: pod, requests)
        ?? volumes.objection(to: state).map { [$0] }
        ?? spread.objection(to: state).map { [$0] }
        ?? affinity.objection(to: state).map { [$0] }
      if let found {
        for objection in found { objections[objection, default: 0] += 1 }
      } else {
        feasible.append(state)
      }
    }
    guard !feasible.isEmpty else {
      return .unschedulable(message: message(objections, nodes: snapshot.nodes.count))
    }
    let node = choose(pod, among: feasible, requests, promised: volumes.promisedNode, snapshot)
    guard volumes.waiting.isEmpty else {
      return .placeVolumes(node: node, claims: volumes.waiting.map(\.name))
    }
    return .bind(node: node)
  }

  /// What the node itself has against the pod: the first rule that is broken, with all the resources that are short.
  private static func objectionsOfNode(_ state: NodeState, to pod: Pod, _ requests: ResourceAmounts) -> [String]? {
    let cordon = Taint.with { ($0.key, $0.effect) = (Taint.unschedulable, "NoSchedule") }
    if state.node.spec?.unschedulable == true, !pod.tolerates(cordon) { return ["node(s) were unschedulable"] }
    if let taint = state.taints.first(where: { $0.effect != "PreferNoSchedule" && !pod.tolerates($0) }) {
      return ["node(s) had untolerated taint {\(taint.key): \(taint.value ?? "")}"]
    }
    guard pod.selects(state.node) else { return ["node(s) didn't match Pod's node affinity/selector"] }
    guard hasFreeHostPorts(state, for: pod) else {
      return ["node(s) didn't have free ports for the requested pod ports"]
    }
    var short: [String] = []
    if state.pods.count + 1 > state.allocatable["pods"] { short.append("Too many pods") }
    for (resource, amount) in requests.amounts where amount > 0 && resource != "pods" {
      let free = state.allocatable[resource].subtractingReportingOverflow(state.requested[resource])
      if free.overflow || amount > free.partialValue { short.append("Insufficient \(resource)") }
    }
    return short.isEmpty ? nil : short
  }

  private static func hasFreeHostPorts(_ state: NodeState, for pod: Pod) -> Bool {
    let wanted = hostPorts(pod)
    guard !wanted.isEmpty else { return true }
    return state.pods.allSatisfy { other in
      hostPorts(other).allSatisfy { used in
        wanted.allSatisfy { port in
          port.number != used.number || port.protocol != used.protocol
            || !(port.address == used.address || port.address == "0.0.0.0" || used.address == "0.0.0.0")
        }
      }
    }
  }

  private static func hostPorts(_ pod: Pod) -> [(number: Int, protocol: String, address: String)] {
    (pod.spec?.containers ?? []).flatMap { container in
      (container.ports ?? []).compactMap { port in
        guard let number = port.hostPort, number > 0 else { return nil }
        return (number, port.protocol, port.hostIP.flatMap { $0.isEmpty ? nil : $0 } ?? "0.0.0.0")
      }
    }
  }

  private static func choose(
    _ pod: Pod, among feasible: [NodeState], _ requests: ResourceAmounts, promised: String?,
    _ snapshot: SchedulingSnapshot
  ) -> String {
    if let promised, feasible.contains(where: { $0.node.name == promised }) { return promised }
    let scores = NodeScores(pod: pod, requests: requests, feasible: feasible, snapshot: snapshot).totals
    var best = 0
    // Nodes are sorted by name, and the first of equals stays.
    for index in feasible.indices where scores[index] > scores[best] { best = index }
    return feasible[best].node.name
  }

  /// Kubernetes' summary: reasons with their number of nodes, sorted as texts.
  private static func message(_ objections: [String: Int], nodes: Int) -> String {
    let reasons = objections.map { "\($0.value) \($0.key)" }.sorted()
    return "0/\(nodes) nodes are available: \(reasons.joined(separator: ", "))."
  }
}
