import Kubernetes

extension NodeSelector {
  /// One of the terms must match; a term without requirements matches nothing.
  func matches(_ node: Node) -> Bool { nodeSelectorTerms.contains { $0.matches(node) } }
}

extension NodeSelectorTerm {
  func matches(_ node: Node) -> Bool {
    let expressions = matchExpressions ?? []
    let fields = matchFields ?? []
    guard !expressions.isEmpty || !fields.isEmpty else { return false }
    return expressions.allSatisfy { $0.matches(node.labels[$0.key]) }
      // `metadata.name` is the only field that Kubernetes allows here.
      && fields.allSatisfy { $0.key == "metadata.name" && $0.matches(node.name) }
  }
}

extension NodeSelectorRequirement {
  func matches(_ value: String?) -> Bool {
    let values = values ?? []
    switch `operator` {
    case "In": return value.map(values.contains) ?? false
    case "NotIn": return value.map { !values.contains($0) } ?? true
    case "Exists": return value != nil
    case "DoesNotExist": return value == nil
    case "Gt", "Lt":
      guard let value = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) else {
        return false
      }
      return `operator` == "Gt" ? value > bound : value < bound
    default: return false
    }
  }
}

extension Pod {
  /// Whether the pod's `nodeSelector` and required node affinity allow the node.
  func selects(_ node: Node) -> Bool {
    for (key, value) in spec?.nodeSelector ?? [:] where node.labels[key] != value { return false }
    guard let required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution else {
      return true
    }
    return required.matches(node)
  }
}
