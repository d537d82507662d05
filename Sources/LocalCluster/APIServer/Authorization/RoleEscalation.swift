import Kubernetes

extension ObjectHandler {
  /// Nobody gives more than they have: who writes a role holds all its rights, who binds one all of the role's; or they
  /// may `escalate` the one or `bind` the other.
  ///
  /// - Throws: 403, which names the rights that are missing.
  func checkEscalation(_ object: JSON, old: JSON?) throws(StatusError) {
    switch resource.storeName {
    case "roles.\(Authorizer.group)", "clusterroles.\(Authorizer.group)":
      guard Self.grants(object) != old.map(Self.grants), !may("escalate", resource: type.plural, object.objectName),
        let role = try? object.decoded(as: ClusterRole.self)
      else { return }
      var rules = role.rules ?? []
      // An aggregated role takes on whatever others label for it.
      if role.aggregationRule != nil || !(old?["aggregationRule"] ?? .null).isNull { rules.append(.everything) }
      try demand(rules, for: object.objectName)
    case "rolebindings.\(Authorizer.group)", "clusterrolebindings.\(Authorizer.group)":
      guard object["subjects"] != old?["subjects"] || object["roleRef"] != old?["roleRef"],
        let role = try? (object["roleRef"] ?? .null).decoded(as: RoleRef.self)
      else { return }
      let plural = role.kind == "ClusterRole" ? "clusterroles" : "roles"
      guard !may("bind", resource: plural, role.name) else { return }
      guard let rules = core.authorizer.rules(of: role, in: namespace) else {
        throw .notFound(role.kind == "ClusterRole" ? ClusterRole.resource : Role.resource, role.name)
      }
      try demand(rules, for: object.objectName)
    default: break
    }
  }

  /// What of a role gives rights: its labels too, for other roles take on the rules of those that are labelled for them.
  private static func grants(_ role: JSON) -> [JSON?] {
    [role["rules"], role["aggregationRule"], role[path: ["metadata", "labels"]]]
  }

  private func may(_ verb: String, resource: String, _ name: String) -> Bool {
    core.authorizer.isAllowed(
      AccessRequest(
        verb: verb,
        subject: .resource(
          group: Authorizer.group, resource: resource, subresource: "", namespace: namespace, name: name)),
      for: request.user)
  }

  private func demand(_ rules: [PolicyRule], for name: String) throws(StatusError) {
    let held = core.authorizer.rules(for: request.user, in: namespace)
    if let rule = rules.first(where: { $0.combinations > PolicyRule.mostCombinations }) {
      throw .badRequest(
        "a rule of \(rule.combinations) combinations of verbs, groups, resources and names is not weighed against what "
          + "\"\(request.user.name)\" holds; write it in rules of at most \(PolicyRule.mostCombinations)")
    }
    let missing = rules.filter { rule in
      !rule.requests.allSatisfy { request in held.contains { $0.grants(request) } }
    }
    guard !missing.isEmpty else { return }
    let groups = request.user.groups.map { "\"\($0)\"" }.joined(separator: ",")
    throw .forbidden(
      type, name,
      "user \"\(request.user.name)\" (groups=[\(groups)]) is attempting to grant RBAC permissions not currently held:\n"
        + missing.map(\.text).joined(separator: "\n"))
  }
}

extension PolicyRule {
  /// Every right there is.
  fileprivate static let everything = PolicyRule.with {
    $0.apiGroups = ["*"]
    $0.resources = ["*"]
    $0.verbs = ["*"]
  }

  fileprivate static let mostCombinations = 100_000

  /// How many ``requests`` there are. Each list is shorter than a request's body, so the product fits.
  fileprivate var combinations: Int {
    let resources = (apiGroups ?? []).count * (resources ?? []).count * max(1, (resourceNames ?? []).count)
    return verbs.count * ((nonResourceURLs ?? []).count + resources)
  }

  /// The rule as single requests: who is granted all of these has the rule. A star stands for itself, which only a star
  /// grants.
  var requests: [AccessRequest] {
    verbs.flatMap { verb -> [AccessRequest] in
      let paths = (nonResourceURLs ?? []).map { AccessRequest(verb: verb, subject: .path($0)) }
      let names = resourceNames ?? []
      return paths
        + (apiGroups ?? []).flatMap { group in
          (resources ?? []).flatMap { resource in
            let parts = resource.split(separator: "/", maxSplits: 1).map(String.init)
            return (names.isEmpty ? [""] : names).map { name in
              AccessRequest(
                verb: verb,
                subject: .resource(
                  group: group, resource: parts.first ?? "", subresource: parts.count > 1 ? parts[1] : "",
                  namespace: "", name: name))
            }
          }
        }
    }
  }

  /// As Kubernetes prints it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
  fileprivate var text: String {
    let parts = [
      ("APIGroups", apiGroups), ("Resources", resources), ("ResourceNames", resourceNames),
      ("NonResourceURLs", nonResourceURLs), ("Verbs", verbs),
    ].compactMap { name, values in
      values.map { "\(name):[\($0.map { "\"\($0)\"" }.joined(separator: " "))]" }
    }
    return "{\(parts.joined(separator: ", "))}"
  }
}
