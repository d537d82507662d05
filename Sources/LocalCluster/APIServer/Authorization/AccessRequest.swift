import Kubernetes

/// What somebody wants to do, in the words of RBAC.
struct AccessRequest: Sendable, Hashable {
  enum Subject: Sendable, Hashable {
    case resource(group: String, resource: String, subresource: String, namespace: String, name: String)
    case path(String)
  }

  var verb: String
  var subject: Subject

  /// `User "x" cannot get resource "pods" in API group "" in the namespace "ns"`.
  func refusal(of user: Identity) -> String {
    switch subject {
    case .path(let path): return "User \"\(user.name)\" cannot \(verb) path \"\(path)\""
    case .resource(let group, let resource, let subresource, let namespace, _):
      let full = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
      let scope = namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(namespace)\""
      return "User \"\(user.name)\" cannot \(verb) resource \"\(full)\" in API group \"\(group)\" \(scope)"
    }
  }
}

extension PolicyRule {
  /// Whether the rule grants a request.
  func grants(_ request: AccessRequest) -> Bool {
    guard verbs.contains("*") || verbs.contains(request.verb) else { return false }
    switch request.subject {
    case .path(let path):
      return (nonResourceURLs ?? []).contains { pattern in
        pattern == "*" || pattern == path || (pattern.hasSuffix("*") && path.hasPrefix(pattern.dropLast()))
      }
    case .resource(let group, let resource, let subresource, _, let name):
      let groups = apiGroups ?? []
      guard groups.contains("*") || groups.contains(group) else { return false }
      let full = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
      let matches = (resources ?? []).contains { pattern in
        pattern == "*" || pattern == full || (!subresource.isEmpty && pattern == "*/\(subresource)")
      }
      guard matches else { return false }
      let names = resourceNames ?? []
      return names.isEmpty || names.contains(name)
    }
  }
}

extension Subject {
  /// Whether a binding's subject is this user, one of their groups or their service account.
  func includes(_ user: Identity, bindingNamespace: String) -> Bool {
    switch kind {
    case "User": user.name == name
    case "Group": user.groups.contains(name)
    case "ServiceAccount": user.name == "system:serviceaccount:\(namespace ?? bindingNamespace):\(name)"
    default: false
    }
  }
}
