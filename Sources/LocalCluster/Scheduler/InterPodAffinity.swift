import Kubernetes

/// A pod affinity term with everything resolved that depends on the pod it belongs to.
struct ResolvedAffinityTerm: Sendable {
  let topologyKey: String
  private let selector: LabelSelector?
  private let namespaces: Set<String>
  private let namespaceSelector: LabelSelector?
  private let equalLabels: [String: String]
  private let unequalLabels: [String: String]

  init(_ term: PodAffinityTerm, of pod: Pod) {
    topologyKey = term.topologyKey
    selector = term.labelSelector
    namespaceSelector = term.namespaceSelector
    let named = term.namespaces ?? []
    namespaces = Set(named.isEmpty && term.namespaceSelector == nil ? [pod.namespace] : named)
    func own(_ keys: [String]?) -> [String: String] {
      pod.labels.filter { keys?.contains($0.key) ?? false }
    }
    equalLabels = own(term.matchLabelKeys)
    unequalLabels = own(term.mismatchLabelKeys)
  }

  func matches(_ pod: Pod, namespaces labels: [String: [String: String]]) -> Bool {
    guard let selector, selector.matches(pod.labels),
      equalLabels.allSatisfy({ pod.labels[$0.key] == $0.value }),
      unequalLabels.allSatisfy({ pod.labels[$0.key] != $0.value })
    else { return false }
    if namespaces.contains(pod.namespace) { return true }
    guard let namespaceSelector else { return false }
    return namespaceSelector.matches(labels[pod.namespace] ?? [:])
  }
}

/// Required pod affinity and anti-affinity, of the new pod and of those that run already.
struct InterPodAffinity: Sendable {
  private let pod: Pod
  private let affinity: [ResolvedAffinityTerm]
  private let antiAffinity: [ResolvedAffinityTerm]
  /// Domains (by topology key) with a pod that matches all affinity terms.
  private var near: [String: Set<String>] = [:]
  /// Domains with a pod that the new pod must stay away from, by term.
  private var far: [[String]: Void] = [:]
  /// Domains whose pods want to stay away from the new one.
  private var refused: [[String]: Void] = [:]
  private let matchesItself: Bool

  init(pod: Pod, snapshot: SchedulingSnapshot) {
    self.pod = pod
    let rules = pod.spec?.affinity
    affinity = (rules?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
      .map { ResolvedAffinityTerm($0, of: pod) }
    antiAffinity = (rules?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
      .map { ResolvedAffinityTerm($0, of: pod) }
    let namespaces = snapshot.namespaces
    matchesItself = affinity.allSatisfy { $0.matches(pod, namespaces: namespaces) }
    for state in snapshot.nodes {
      for other in state.pods {
        if !affinity.isEmpty, affinity.allSatisfy({ $0.matches(other, namespaces: namespaces) }) {
          for term in affinity {
            if let domain = state.domain(term.topologyKey) { near[term.topologyKey, default: []].insert(domain) }
          }
        }
        for term in antiAffinity where term.matches(other, namespaces: namespaces) {
          if let domain = state.domain(term.topologyKey) { far[[term.topologyKey, domain]] = () }
        }
        let wishes = other.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
        for term in wishes.map({ ResolvedAffinityTerm($0, of: other) }) where term.matches(pod, namespaces: namespaces)
        {
          if let domain = state.domain(term.topologyKey) { refused[[term.topologyKey, domain]] = () }
        }
      }
    }
  }

  /// Why the node is out of the question, in Kubernetes' words; nil where it is not.
  func objection(to state: NodeState) -> String? {
    guard allowsAffinity(state) else { return "node(s) didn't match pod affinity rules" }
    for term in antiAffinity {
      if let domain = state.domain(term.topologyKey), far[[term.topologyKey, domain]] != nil {
        return "node(s) didn't match pod anti-affinity rules"
      }
    }
    if refused.keys.contains(where: { state.domain($0[0]) == $0[1] }) {
      return "node(s) didn't satisfy existing pods anti-affinity rules"
    }
    return nil
  }

  private func allowsAffinity(_ state: NodeState) -> Bool {
    guard !affinity.isEmpty else { return true }
    guard affinity.allSatisfy({ state.domain($0.topologyKey) != nil }) else { return false }
    // The first pod of a group that wants to be together may go anywhere.
    if near.isEmpty { return matchesItself }
    return affinity.allSatisfy { near[$0.topologyKey]?.contains(state.domain($0.topologyKey) ?? "") ?? false }
  }
}
