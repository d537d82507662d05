import Kubernetes

extension ClusterRules {
  private static let replicaPath = "spec.replicaCluster"

  static func externalClusterNames(_ cluster: Cluster) -> [FieldError] {
    let names = (cluster.spec.externalClusters ?? []).map(\.name)
    return .when(
      names.hasRepetitions,
      .invalid("spec.externalClusters", names, "the list of external clusters contains duplicate values"))
  }

  static func externalClusters(_ cluster: Cluster) -> [FieldError] {
    (cluster.spec.externalClusters ?? []).enumerated().flatMap { index, external -> [FieldError] in
      let path = "spec.externalClusters[\(index)]"
      return .when(
        !external.isReachable,
        .required(path, "one of connectionParameters, plugin and barmanObjectStore is required"))
        + pathComponents(of: external, path)
    }
  }

  /// These names become parts of the paths of files in the instances.
  private static func pathComponents(of external: ExternalCluster, _ path: String) -> [FieldError] {
    let references = [
      ("sslCert", external.sslCert), ("sslKey", external.sslKey), ("sslRootCert", external.sslRootCert),
    ]
    let components =
      [("name", external.name)]
      + references.flatMap { field, reference in
        reference.map { [("\(field).name", $0.name), ("\(field).key", $0.key)] } ?? []
      }
    return components.flatMap { field, value in
      [FieldError].when(
        value == "." || value == ".." || value.contains { $0 == "/" || $0 == "\\" },
        .invalid("\(path).\(field)", value, "cannot contain a path separator or a '..' component"))
    }
  }

  static func replicaMode(_ cluster: Cluster) -> [FieldError] {
    guard let replica = cluster.spec.replica else { return [] }
    var errors = [FieldError].when(
      replica.enabled != nil && !replica.primary.isNilOrEmpty,
      .forbidden("\(replicaPath).enabled", "replica mode enabled is not compatible with the primary field"))
    guard cluster.isReplicaCluster else { return errors }
    guard let bootstrap = cluster.spec.bootstrap else {
      errors.append(.required("spec.bootstrap", "bootstrap configuration is required for replica mode"))
      return errors
    }
    // Only a new object has no version: a primary may become a replica later, however it began.
    let isNew = cluster.metadata.resourceVersion.isNilOrEmpty
    errors += .when(
      isNew && bootstrap.pg_basebackup == nil && bootstrap.recovery == nil,
      .invalid(
        replicaPath, replica.primary ?? "",
        "replica mode bootstrap is compatible only with pg_basebackup or recovery"))
    return errors
  }

  static func replicaSources(_ cluster: Cluster) -> [FieldError] {
    guard let replica = cluster.spec.replica else { return [] }
    let references = [("primaryServerName", replica.source), ("self", replica.`self`), ("primary", replica.primary)]
    return references.flatMap { field, name -> [FieldError] in
      guard let name, !name.isEmpty else { return [] }
      return .when(
        cluster.externalCluster(name) == nil,
        .invalid("\(replicaPath).\(field)", name, "External cluster \(name) not found"))
    }
  }

  static func promotionToken(_ cluster: Cluster) -> [FieldError] {
    guard let replica = cluster.spec.replica, let token = replica.promotionToken, !token.isEmpty else { return [] }
    if replica.minApplyDelay != nil {
      return [
        .invalid("\(replicaPath).minApplyDelay", token, "minApplyDelay cannot be applied with a promotion token")
      ]
    }
    if cluster.isReplicaCluster {
      return [.invalid("\(replicaPath).token", token, "promotionToken is only allowed for primary clusters")]
    }
    do {
      _ = try PromotionToken(token)
      return []
    } catch {
      return [.invalid("\(replicaPath).token", token, error.description)]
    }
  }
}
