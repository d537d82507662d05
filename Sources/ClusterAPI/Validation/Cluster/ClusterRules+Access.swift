import Kubernetes

extension ClusterRules {
  /// What a line of `pg_hba` refers to in `${kind:name}` must be there.
  static func hbaLines(_ cluster: Cluster) -> [FieldError] {
    let selectors = Set((cluster.spec.podSelectorRefs ?? []).map(\.name))
    return (cluster.spec.postgresql?.pg_hba ?? []).enumerated().compactMap { index, line in
      hbaProblem(line, selectors).map { .invalid("spec.postgresql.pg_hba[\(index)]", line, $0) }
    }
  }

  private static func hbaProblem(_ line: String, _ selectors: Set<String>) -> String? {
    let references = line.matches(of: /\$\{([^:}]+):([^}]+)\}/)
    for reference in references {
      guard reference.1 == "podselector" else { return "unknown descriptor type: \(reference.1)" }
      guard selectors.contains(String(reference.2)) else { return "pod selector not found: \(reference.2)" }
    }
    return references.count > 1 ? "at most one podselector reference is allowed per line" : nil
  }

  static func podSelectors(_ cluster: Cluster) -> [FieldError] {
    let references = cluster.spec.podSelectorRefs ?? []
    return references.map(\.name).markingRepetitions().enumerated().flatMap { index, name in
      [FieldError].when(
        name.isRepeated, .duplicate("spec.podSelectorRefs[\(index)].name", .string(name.element)))
        + selectorProblem(references[index].selector, "spec.podSelectorRefs[\(index)].selector")
    }
  }

  private static func selectorProblem(_ selector: LabelSelector, _ path: String) -> [FieldError] {
    do {
      _ = try selector.selector()
      return []
    } catch {
      return [.invalid(path, structure: selector, "\(error)")]
    }
  }

  static func ldap(_ cluster: Cluster) -> [FieldError] {
    guard let ldap = cluster.spec.postgresql?.ldap else { return [] }
    return .when(
      ldap.server.isNilOrEmpty,
      .invalid("spec.postgresql.ldap", "", "ldap server cannot be empty if any other ldap parameters are specified"))
      + .when(
        ldap.bindAsAuth != nil && ldap.bindSearchAuth != nil,
        .invalid(
          "spec.postgresql.ldap", "bindAsAuth or bindSearchAuth", "only bind+search or bind method can be specified"))
  }
}
