import Kubernetes

/// What is accepted and yet deserves a word.
enum ClusterWarnings {
  static let all: [@Sendable (Cluster) -> [String]] = [
    maintenanceWindow, storeCredentials, retentionPolicy, storage, sharedBuffers, queriesTTL, podMonitor,
    asynchronousReplication, failureDomains,
  ]

  private static func when(_ applies: Bool, _ warning: @autoclosure () -> String) -> [String] {
    applies ? [warning()] : []
  }

  static func maintenanceWindow(_ cluster: Cluster) -> [String] {
    when(
      cluster.spec.nodeMaintenanceWindow != nil,
      "Consider using `.spec.enablePDB` instead of the node maintenance window feature")
  }

  /// Credentials of another provider than the address is of. Nobody reaches the store with them.
  static func storeCredentials(_ cluster: Cluster) -> [String] {
    let own = cluster.spec.backup?.barmanObjectStore.map { [("spec.backup.barmanObjectStore", $0)] } ?? []
    let others = (cluster.spec.externalClusters ?? []).enumerated().compactMap { index, external in
      external.barmanObjectStore.map { ("spec.externalClusters[\(index)].barmanObjectStore", $0) }
    }
    return (own + others).flatMap { path, store -> [String] in
      guard let destination = try? StoreDestination(store.destinationPath) else { return [] }
      let given = [
        ("s3Credentials", store.s3Credentials != nil), ("azureCredentials", store.azureCredentials != nil),
        ("googleCredentials", store.googleCredentials != nil),
      ].filter(\.1).map(\.0)
      let fitting =
        switch destination {
        case .s3: "s3Credentials"
        case .azure: "azureCredentials"
        case .google: "googleCredentials"
        case .directory: "none"
        }
      return given.filter { $0 != fitting }.map {
        "\(path).\($0) is of another provider than destinationPath, which needs \(fitting): it is not used."
      }
    }
  }

  static func retentionPolicy(_ cluster: Cluster) -> [String] {
    guard let backup = cluster.spec.backup else { return [] }
    return when(
      !backup.retentionPolicy.isNilOrEmpty && backup.barmanObjectStore == nil,
      "spec.backup.retentionPolicy only governs backups made to spec.backup.barmanObjectStore, which is not set: "
        + "nothing is ever deleted by it. A backup plugin takes its retention in its own parameters.")
  }

  static func storage(_ cluster: Cluster) -> [String] {
    [("spec.storage", cluster.spec.storage), ("spec.walStorage", cluster.spec.walStorage)].flatMap { path, storage in
      guard let storage, let template = storage.pvcTemplate else { return [String]() }
      func both(_ field: String, _ other: String) -> String {
        "\(path).\(field) and \(path).pvcTemplate.\(other) are both specified, \(path).\(field) value will be used."
      }
      let request = template.resources?.requests?["storage"]
      return when(
        storage.storageClass != nil && template.storageClassName != nil, both("storageClass", "storageClassName"))
        + when(
          !storage.size.isNilOrEmpty && request?.isZero == false, both("size", "resources.requests.storage"))
    }
  }

  static func sharedBuffers(_ cluster: Cluster) -> [String] {
    guard let text = cluster.spec.postgresql?.parameters?["shared_buffers"] else { return [] }
    return when(
      Int(text) != nil,
      "`shared_buffers` value '\(text)' has no unit and is taken as megabytes here: write '\(text)MB'.")
  }

  static func queriesTTL(_ cluster: Cluster) -> [String] {
    when(
      cluster.spec.monitoring?.metricsQueriesTTL.flatMap(GoDuration.parse) == .zero,
      "spec.monitoring.metricsQueriesTTL is 0: every scrape runs all queries anew, which can weigh on PostgreSQL.")
  }

  static func podMonitor(_ cluster: Cluster) -> [String] {
    guard let monitoring = cluster.spec.monitoring else { return [] }
    func deprecated(_ field: String, _ instead: String) -> String {
      "spec.monitoring.\(field) is deprecated: \(instead)"
    }
    let relabelings = "give the relabelings in a PodMonitor of your own."
    return when(
      monitoring.enablePodMonitor,
      deprecated("enablePodMonitor", "leave it false and apply a PodMonitor of your own for the cluster's pods."))
      + when(
        !(monitoring.podMonitorMetricRelabelings ?? []).isEmpty, deprecated("podMonitorMetricRelabelings", relabelings))
      + when(!(monitoring.podMonitorRelabelings ?? []).isEmpty, deprecated("podMonitorRelabelings", relabelings))
  }

  static func asynchronousReplication(_ cluster: Cluster) -> [String] {
    when(
      cluster.spec.instances >= 2 && !cluster.isReplicaCluster && cluster.spec.postgresql?.synchronous == nil
        && cluster.spec.minSyncReplicas == 0,
      "This cluster has no synchronous replication configured. "
        + "Commits that no standby has received are lost with the primary: "
        + "set spec.postgresql.synchronous where that must not be.")
  }

  static func failureDomains(_ cluster: Cluster) -> [String] {
    guard let synchronous = cluster.spec.postgresql?.synchronous,
      !((synchronous.podFailureDomainKeys ?? []) + (synchronous.nodeFailureDomainKeys ?? [])).isEmpty,
      let condition = cluster.status?.conditions?.first(where: { $0.type == ConditionType.syncTopology })
    else { return [] }
    return when(
      condition.status == "False",
      "the failure domain keys of spec.postgresql.synchronous are not satisfied now: \(condition.message) "
        + "Let instances run in several failure domains, whose pods or nodes carry these labels.")
  }
}
