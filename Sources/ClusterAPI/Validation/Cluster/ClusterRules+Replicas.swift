import Kubernetes

extension ClusterRules {
  private static let synchronousPath = "spec.postgresql.synchronous"

  static func maxSyncReplicas(_ cluster: Cluster) -> [FieldError] {
    let most = cluster.spec.maxSyncReplicas
    return .when(
      most >= cluster.spec.instances,
      .invalid("spec.maxSyncReplicas", most, "maxSyncReplicas must be lower than the number of instances"))
  }

  static func minSyncReplicas(_ cluster: Cluster) -> [FieldError] {
    let least = cluster.spec.minSyncReplicas
    return .when(
      least > cluster.spec.maxSyncReplicas,
      .invalid("spec.minSyncReplicas", least, "minSyncReplicas cannot be greater than maxSyncReplicas"))
  }

  static func synchronousStyles(_ cluster: Cluster) -> [FieldError] {
    guard let synchronous = cluster.spec.postgresql?.synchronous else { return [] }
    return .when(
      cluster.spec.minSyncReplicas > 0 || cluster.spec.maxSyncReplicas > 0,
      .invalid(
        synchronousPath, structure: synchronous,
        "Can't have both legacy synchronous replica configuration and new one"))
  }

  static func synchronousNumber(_ cluster: Cluster) -> [FieldError] {
    guard let synchronous = cluster.spec.postgresql?.synchronous else { return [] }
    let detail =
      "Invalid synchronous configuration: the number of synchronous replicas must be less than the "
      + "total number of instances and the provided standby names."
    return .when(
      // As doubles: numbers of an object that no schema has bounded must not trap.
      Double(synchronous.number) >= Double(cluster.spec.instances) + Double(synchronous.foreignNames),
      .invalid(synchronousPath, structure: synchronous, detail))
  }

  static func failoverQuorumAnnotation(_ cluster: Cluster) -> [FieldError] {
    guard let text = cluster.annotations[Annotations.failoverQuorum] else { return [] }
    switch goBoolean(text) {
    case nil:
      return [
        .invalid(
          "metadata.annotations.\(Annotations.failoverQuorum)", text,
          "Invalid failoverQuorum annotation value, expected boolean.")
      ]
    case true?: return .when(cluster.spec.postgresql?.synchronous == nil, synchronousRequired)
    case false?: return []
    }
  }

  static func failoverQuorum(_ cluster: Cluster) -> [FieldError] {
    guard let synchronous = cluster.spec.postgresql?.synchronous, synchronous.failoverQuorum else { return [] }
    let detail =
      "Invalid failoverQuorum configuration: \(synchronousPath).number must be greater than "
      + "the total number of instances in \(synchronousPath).standbyNamesPre and "
      + "\(synchronousPath).standbyNamesPost to allow automatic failover."
    return .when(
      synchronous.number <= synchronous.foreignNames, .invalid(synchronousPath, structure: synchronous, detail))
  }

  private static var synchronousRequired: FieldError {
    .required(
      synchronousPath, "Invalid failoverQuorum configuration: synchronous replication configuration is required.")
  }

  static func electionConstraint(_ cluster: Cluster) -> [FieldError] {
    guard let constraint = cluster.spec.postgresql?.syncReplicaElectionConstraint else { return [] }
    return .when(
      constraint.enabled && (constraint.nodeLabelsAntiAffinity ?? []).isEmpty,
      .invalid(
        "spec.postgresql.syncReplicaElectionConstraint.nodeLabelsAntiAffinity", .null,
        "Can't enable syncReplicaConstraints without passing labels for comparison inside nodeLabelsAntiAffinity"))
  }

  static func primaryLease(_ cluster: Cluster) -> [FieldError] {
    guard let lease = cluster.spec.primaryLease else { return [] }
    return .when(
      lease.leaseDurationSeconds <= lease.renewDeadlineSeconds,
      .invalid(
        "spec.primaryLease.leaseDurationSeconds", lease.leaseDurationSeconds,
        "leaseDurationSeconds must be greater than renewDeadlineSeconds"))
      + .when(
        Double(lease.renewDeadlineSeconds) * 5 <= Double(lease.retryPeriodSeconds) * 6,
        .invalid(
          "spec.primaryLease.renewDeadlineSeconds", lease.renewDeadlineSeconds,
          "renewDeadlineSeconds must be greater than retryPeriodSeconds multiplied by 1.2"))
  }

  static func primaryUpdateStrategy(_ cluster: Cluster) -> [FieldError] {
    .when(
      cluster.spec.primaryUpdateStrategy == .supervised && cluster.spec.instances == 1,
      .invalid(
        "spec.primaryUpdateStrategy", PrimaryUpdateStrategy.supervised.rawValue,
        "supervised update strategy is not allowed for clusters with a single instance"))
  }
}

extension SynchronousReplication {
  /// How many names in the list are not this cluster's.
  var foreignNames: Int { (standbyNamesPre ?? []).count + (standbyNamesPost ?? []).count }
}
