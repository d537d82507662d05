import Kubernetes

/// The roles that every cluster has (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings).
enum BootstrapRoles {
  private static let readVerbs = ["get", "list", "watch"]
  private static let writeVerbs = ["create", "delete", "deletecollection", "patch", "update"]

  private static func rule(_ groups: [String], _ resources: [String], _ verbs: [String]) -> PolicyRule {
    .with {
      $0.apiGroups = groups
      $0.resources = resources
      $0.verbs = verbs
    }
  }

  private static func role(_ name: String, _ rules: [PolicyRule]) -> ClusterRole {
    .named(name) {
      $0.metadata.labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
      $0.rules = rules
    }
  }

  /// A role to which others add their rules by a label, as those of custom resources do.
  private static func extensible(_ name: String, _ rules: [PolicyRule]) -> ClusterRole {
    var role = role(name, rules)
    role.aggregationRule = .with {
      $0.clusterRoleSelectors = [LabelSelector(["rbac.authorization.k8s.io/aggregate-to-\(name)": "true"])]
    }
    return role
  }

  private static func binding(_ name: String, _ kind: String, _ subject: String) -> ClusterRoleBinding {
    .named(name) {
      $0.metadata.labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
      $0.roleRef = .with {
        $0.kind = "ClusterRole"
        $0.name = name
      }
      $0.subjects = [
        .with {
          $0.kind = kind
          $0.name = subject
          $0.apiGroup = Authorizer.group
        }
      ]
    }
  }

  private static let namespaced: [PolicyRule] = [
    rule(
      [""],
      [
        "configmaps", "events", "persistentvolumeclaims", "pods", "pods/log", "pods/status", "serviceaccounts",
        "services", "services/status", "persistentvolumeclaims/status",
      ], readVerbs),
    rule([""], ["namespaces"], readVerbs),
    rule(
      ["apps"],
      [
        "deployments", "deployments/scale", "deployments/status", "replicasets", "replicasets/scale",
        "replicasets/status",
      ], readVerbs),
    rule(["batch"], ["jobs", "jobs/status"], readVerbs),
    rule(["policy"], ["poddisruptionbudgets", "poddisruptionbudgets/status"], readVerbs),
    rule(["discovery.k8s.io"], ["endpointslices"], readVerbs),
  ]

  private static let writes: [PolicyRule] = [
    rule([""], ["secrets"], readVerbs + writeVerbs),
    rule([""], ["configmaps", "events", "persistentvolumeclaims", "pods", "serviceaccounts", "services"], writeVerbs),
    rule(
      [""], ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy"], readVerbs + writeVerbs),
    rule([""], ["pods/eviction", "serviceaccounts/token"], ["create"]),
    rule([""], ["serviceaccounts"], ["impersonate"]),
    rule(["apps"], ["deployments", "deployments/scale", "replicasets", "replicasets/scale"], writeVerbs),
    rule(["batch"], ["jobs"], writeVerbs),
    rule(["policy"], ["poddisruptionbudgets"], writeVerbs),
    rule(["coordination.k8s.io"], ["leases"], readVerbs + writeVerbs),
  ]

  private static let adminOnly: [PolicyRule] = [
    rule([Authorizer.group], ["roles", "rolebindings"], readVerbs + writeVerbs),
    rule(["authorization.k8s.io"], ["localsubjectaccessreviews"], ["create"]),
  ]

  static let roles: [ClusterRole] = [
    role(
      "cluster-admin",
      [
        rule(["*"], ["*"], ["*"]),
        .with {
          $0.nonResourceURLs = ["*"]
          $0.verbs = ["*"]
        },
      ]),
    extensible("admin", namespaced + writes + adminOnly), extensible("edit", namespaced + writes),
    extensible("view", namespaced),
    role(
      "system:discovery",
      [
        .with {
          $0.nonResourceURLs = [
            "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/livez/*", "/openapi", "/openapi/*", "/readyz",
            "/readyz/*", "/version", "/version/",
          ]
          $0.verbs = ["get"]
        }
      ]),
    role(
      "system:basic-user",
      [
        rule(["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
        rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
      ]),
    role(
      "system:node",
      [
        rule([""], ["nodes", "nodes/status"], ["create", "get", "list", "watch", "patch", "update"]),
        rule([""], ["pods"], readVerbs + ["create", "delete"]),
        rule([""], ["pods/status"], ["patch", "update"]),
        rule([""], ["configmaps", "secrets", "services", "namespaces", "serviceaccounts"], readVerbs),
        rule([""], ["persistentvolumeclaims", "persistentvolumes"], readVerbs),
        rule([""], ["persistentvolumeclaims/status"], ["get", "patch", "update"]),
        rule([""], ["serviceaccounts/token"], ["create"]),
        rule(["", "events.k8s.io"], ["events"], ["create", "patch", "update"]),
        rule(["coordination.k8s.io"], ["leases"], ["create", "delete", "get", "list", "watch", "patch", "update"]),
        rule(["storage.k8s.io"], ["storageclasses"], readVerbs),
        rule(["authentication.k8s.io"], ["tokenreviews"], ["create"]),
        rule(["authorization.k8s.io"], ["subjectaccessreviews", "localsubjectaccessreviews"], ["create"]),
      ]),
  ]

  static let bindings: [ClusterRoleBinding] = [
    binding("cluster-admin", "Group", "system:masters"),
    binding("system:discovery", "Group", "system:authenticated"),
    binding("system:basic-user", "Group", "system:authenticated"),
    binding("system:node", "Group", "system:nodes"),
  ]
}
