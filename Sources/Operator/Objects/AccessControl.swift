import ClusterAPI
import Kubernetes

extension Blueprint {
  /// The identity of the instances. Workload-identity annotations come in through `spec.serviceAccountTemplate`.
  /// Nil where the user brings an account.
  func serviceAccount(copiedPullSecret: Bool) -> ServiceAccount? {
    guard spec.serviceAccountName == nil else { return nil }
    let template = spec.serviceAccountTemplate?.metadata
    let pullSecrets =
      (copiedPullSecret ? [cluster.names.pullSecret] : []) + (spec.imagePullSecrets ?? []).map(\.name)
    var account = object(
      ServiceAccount.self, name,
      labels: managedBy.merging(template?.labels ?? [:]) { fixed, _ in fixed },
      annotations: [Annotations.managedSecrets: JSON.array(pullSecrets.map { .string($0) }).text]
        .merging(template?.annotations ?? [:]) { fixed, _ in fixed })
    account.automountServiceAccountToken = false
    account.imagePullSecrets = pullSecrets.isEmpty ? nil : pullSecrets.map { name in .with { $0.name = name } }
    return account
  }

  var managedBy: [String: String] { [Labels.managedBy: Labels.managedByValue] }

  /// The secrets that the instances read, by name: least privilege.
  var secretNames: [String] {
    var names = [
      cluster.replicationCertificateSecretName, cluster.clientAuthoritySecretName, cluster.serverAuthoritySecretName,
      cluster.serverCertificateSecretName, cluster.applicationSecretName, cluster.superuserSecretName,
    ]
    names += [spec.postgresql?.ldap?.bindSearchAuth?.bindPassword?.name].compactMap { $0 }
    for refs in [
      spec.bootstrap?.initdb?.postInitSQLRefs, spec.bootstrap?.initdb?.postInitApplicationSQLRefs,
      spec.bootstrap?.initdb?.postInitTemplateSQLRefs,
    ] {
      names += (refs?.secretRefs ?? []).map(\.name)
    }
    names += (spec.monitoring?.customQueriesSecret ?? []).map(\.name)
    names += archiveSecretNames
    return Array(Set(names)).sorted()
  }

  /// The instances there are and those there may be: they find each other by their pods.
  private var instanceNames: [String] {
    let planned = (1...max(1, spec.instances)).map { instance($0).text }
    return Array(Set(planned + (cluster.status?.instanceNames ?? []))).sorted()
  }

  var configMapNames: [String] {
    var names = [name]
    for refs in [
      spec.bootstrap?.initdb?.postInitSQLRefs, spec.bootstrap?.initdb?.postInitApplicationSQLRefs,
      spec.bootstrap?.initdb?.postInitTemplateSQLRefs,
    ] {
      names += (refs?.configMapRefs ?? []).map(\.name)
    }
    names += (spec.monitoring?.customQueriesConfigMap ?? []).map(\.name)
    return Array(Set(names)).sorted()
  }

  var role: Role {
    var role = object(Role.self, name, labels: managedBy)
    let group = Cluster.resource.group
    role.rules = [
      rule("", ["configmaps"], ["get", "watch"], names: configMapNames),
      rule("", ["secrets"], ["get", "watch"], names: secretNames),
      // A watch of one object is a list restricted by name, which RBAC allows for resourceNames.
      rule(group, ["clusters"], ["get", "list", "watch"], names: [name]),
      rule(group, ["clusters/status"], ["get", "patch", "update", "watch"], names: [name]),
      // Those that retention has removed from the archive are deleted.
      rule(group, ["backups"], ["get", "list", "watch", "delete"]),
      rule(group, ["backups/status"], ["get", "patch", "update"]),
      rule("", ["pods"], ["get", "patch"], names: instanceNames),
      rule("", ["events"], ["create", "patch"]),
      rule(
        group, ["databases", "publications", "subscriptions", "databaseroles"], ["get", "update", "list", "watch"]),
      rule(
        group,
        ["databases/status", "publications/status", "subscriptions/status", "databaseroles/status"],
        ["get", "patch", "update"]),
      rule("coordination.k8s.io", ["leases"], ["get", "list", "watch", "update"], names: [name]),
      rule(group, ["failoverquorums"], ["get", "list", "watch"], names: [name]),
      rule(group, ["failoverquorums/status"], ["get", "patch", "update", "watch"], names: [name]),
    ]
    return role
  }

  var roleBinding: RoleBinding {
    var binding = object(RoleBinding.self, name, labels: managedBy)
    binding.roleRef = .with {
      $0.apiGroup = Role.resource.group
      $0.kind = Role.resource.kind
      $0.name = name
    }
    binding.subjects = [
      .with {
        $0.kind = "ServiceAccount"
        $0.name = cluster.serviceAccountName
        $0.namespace = namespace
      }
    ]
    return binding
  }

  private func rule(_ group: String, _ resources: [String], _ verbs: [String], names: [String]? = nil) -> PolicyRule {
    .with {
      $0.apiGroups = [group]
      $0.resources = resources
      $0.verbs = verbs
      $0.resourceNames = names
    }
  }
}
