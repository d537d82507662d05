import Kubernetes
import Synchronization

/// Role-based access control over the role and binding objects in the store.
final class Authorizer: Sendable {
  static let group = "rbac.authorization.k8s.io"

  private let store: Store
  /// Parsed rules by object; an entry counts only for the revision it was parsed from.
  private let parsed = Mutex<[StoreKey: (revision: Int64, value: Parsed)]>([:])

  private enum Parsed: Sendable {
    /// The rules, and which cluster roles' rules belong to it as well.
    case role([PolicyRule], aggregates: [LabelSelector])
    case binding(roleRef: RoleRef, subjects: [Subject])
  }

  init(store: Store) { self.store = store }

  func isAllowed(_ request: AccessRequest, for user: Identity) -> Bool {
    if user.groups.contains("system:masters") { return true }
    let namespace: String
    switch request.subject {
    case .path: namespace = ""
    case .resource(_, _, _, let place, _): namespace = place
    }
    return rules(for: user, in: namespace).contains { $0.grants(request) }
  }

  /// Every rule that applies to a user in a namespace; the cluster's own where it is empty.
  func rules(for user: Identity, in namespace: String) -> [PolicyRule] {
    var rules = rules(for: user, bindings: "clusterrolebindings", in: nil)
    if !namespace.isEmpty { rules += self.rules(for: user, bindings: "rolebindings", in: namespace) }
    return rules
  }

  private func rules(for user: Identity, bindings: String, in namespace: String?) -> [PolicyRule] {
    // The present list needs no past events and cannot be gone.
    let found = (try? store.list("\(bindings).\(Self.group)", namespace: namespace).objects) ?? []
    return found.flatMap { object -> [PolicyRule] in
      guard case .binding(let role, let subjects)? = parse(object),
        subjects.contains(where: { $0.includes(user, bindingNamespace: object.key.namespace) })
      else { return [] }
      return rules(of: role, in: object.key.namespace) ?? []
    }
  }

  /// The rules of a role that a binding in a namespace refers to; nil where there is none.
  func rules(of role: RoleRef, in namespace: String) -> [PolicyRule]? {
    let key =
      role.kind == "ClusterRole"
      ? StoreKey("clusterroles.\(Self.group)", name: role.name)
      : StoreKey("roles.\(Self.group)", namespace: namespace, name: role.name)
    guard let stored = store.get(key) else { return nil }
    var visited: Set<String> = []
    return rules(of: stored, visited: &visited)
  }

  /// Its own rules and those that it aggregates, which may aggregate others in turn.
  private func rules(of stored: StoredObject, visited: inout Set<String>) -> [PolicyRule] {
    guard visited.insert(stored.key.name).inserted, case .role(var rules, let selectors)? = parse(stored) else {
      return []
    }
    guard !selectors.isEmpty else { return rules }
    for other in (try? store.list("clusterroles.\(Self.group)").objects) ?? []
    where selectors.contains(where: { $0.matches(other.labels) }) {
      rules += self.rules(of: other, visited: &visited)
    }
    return rules
  }

  private func parse(_ object: StoredObject) -> Parsed? {
    let key = object.key
    if let known = parsed.withLock({ $0[key] }), known.revision == object.revision { return known.value }
    guard let value = try? object.value() else { return nil }
    let result: Parsed?
    if key.resource.contains("bindings.") {
      let binding = try? value.decoded(as: ClusterRoleBinding.self)
      result = binding.map { .binding(roleRef: $0.roleRef, subjects: $0.subjects ?? []) }
    } else {
      result = (try? value.decoded(as: ClusterRole.self)).map {
        .role($0.rules ?? [], aggregates: $0.aggregationRule?.clusterRoleSelectors ?? [])
      }
    }
    if let result {
      parsed.withLock { cache in
        // Deleted objects leave entries behind; starting anew is cheaper than following deletions.
        if cache.count > 4096 { cache.removeAll() }
        cache[key] = (object.revision, result)
      }
    }
    return result
  }
}
