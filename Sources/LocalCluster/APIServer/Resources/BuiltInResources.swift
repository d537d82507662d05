import Kubernetes

/// The resources that are served without a definition: the declared kinds with what the API server adds to each.
enum BuiltInResources {
  static let all: [ResourceDefinition] = BuiltinKinds.all.map { kind in
    var resource = ResourceDefinition(kind.resource, schema: kind.schema)
    resource.hasStatus = kind.hasStatus
    resource.isTransient = kind.isTransient
    if kind.hasScale {
      resource.scale = ResourceDefinition.ScalePaths(
        specReplicas: ["spec", "replicas"], statusReplicas: ["status", "replicas"])
    }
    let name = resource.storeName
    resource.selectable = SelectableFields.paths(name)
    resource.strategy = strategies[name] ?? PlainStrategy()
    resource.nameRule = nameRules[name] ?? .subdomain
    resource.otherSubresources = subresources[name] ?? []
    resource.columns = BuiltInColumns.byResource[name] ?? TableColumn.nameAndAge
    return resource
  }

  private static let strategies: [String: any ResourceStrategy] = [
    "pods": PodStrategy(), "services": ServiceStrategy(), "secrets": SecretStrategy(),
    "configmaps": ConfigMapStrategy(), "namespaces": NamespaceStrategy(),
    "persistentvolumeclaims": PersistentVolumeClaimStrategy(), "persistentvolumes": PersistentVolumeStrategy(),
    "storageclasses.storage.k8s.io": StorageClassStrategy(),
    "deployments.apps": WorkloadStrategy(), "replicasets.apps": WorkloadStrategy(), "jobs.batch": JobStrategy(),
    "rolebindings.rbac.authorization.k8s.io": RoleBindingStrategy(),
    "clusterrolebindings.rbac.authorization.k8s.io": RoleBindingStrategy(),
    "customresourcedefinitions.apiextensions.k8s.io": CustomResourceDefinitionStrategy(),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": WebhookConfigurationStrategy(),
    "validatingwebhookconfigurations.admissionregistration.k8s.io": WebhookConfigurationStrategy(),
  ]

  private static let nameRules: [String: NameRule] = [
    "namespaces": .label, "services": .label1035,
    "roles.rbac.authorization.k8s.io": .pathSegment, "clusterroles.rbac.authorization.k8s.io": .pathSegment,
    "rolebindings.rbac.authorization.k8s.io": .pathSegment,
    "clusterrolebindings.rbac.authorization.k8s.io": .pathSegment,
  ]

  static let subresources: [String: [String]] = [
    "pods": ["attach", "binding", "eviction", "exec", "log", "proxy"],
    "services": ["proxy"],
    "serviceaccounts": ["token"],
    "namespaces": ["finalize"],
  ]
}
