import Kubernetes

extension ClusterRules {
  static func majorChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    guard let before = old.status?.pgDataImageInfo?.majorVersion, let after = new.requestedMajor else { return [] }
    let path = new.spec.imageCatalogRef == nil ? "spec.imageName" : "spec.imageCatalogRef.major"
    return .when(
      after < before, .invalid(path, String(after), "can't downgrade from major \(before) to \(after)"))
      + .when(
        after > before && after < 16,
        .invalid(path, String(after), "major upgrades are only supported to version 16 or higher"))
  }

  /// In a switchover the new primary would run the new image with parameters the old one never saw.
  static func imageAndParametersChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    guard new.spec.primaryUpdateMethod == .switchover, old.spec.imageName != new.spec.imageName else { return [] }
    let before = old.spec.postgresql?.parameters ?? [:]
    let after = new.spec.postgresql?.parameters ?? [:]
    let differences = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
    guard !differences.isEmpty else { return [] }
    let table = JSON.object(
      differences.reduce(into: [:]) { table, name in
        table[name] = .array([.string(before[name] ?? ""), .string(after[name] ?? "")])
      })
    let detail =
      "Can't change image name and configuration at the same time when `primaryUpdateMethod` is set to "
      + "`switchover`. There are differences in PostgreSQL configuration parameters: \(table.text)"
    return [.invalid("spec.imageName", new.spec.imageName ?? "", detail)]
  }

  static func storageChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    shrinking(old.spec.storage, new.spec.storage, "spec.storage")
  }

  static func walStorageChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    guard old.spec.walStorage != nil else { return [] }
    guard new.spec.walStorage != nil else {
      return [.invalid("spec.walStorage", .null, "walStorage cannot be disabled once configured")]
    }
    return shrinking(old.spec.walStorage, new.spec.walStorage, "spec.walStorage")
  }

  static func tablespacesChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    guard let before = old.spec.tablespaces else { return [] }
    guard let after = new.spec.tablespaces else {
      return [.invalid("spec.tablespaces", .null, "tablespaces section cannot be deleted once created")]
    }
    return before.enumerated().flatMap { index, tablespace -> [FieldError] in
      let path = "spec.tablespaces[\(index)]"
      guard let kept = after.first(where: { $0.name == tablespace.name }) else {
        return [.invalid(path, after.map(\.name), "no tablespace can be deleted once created")]
      }
      return shrinking(tablespace.storage, kept.storage, path)
    }
  }

  /// Volumes grow but never shrink.
  private static func shrinking(
    _ old: StorageConfiguration?, _ new: StorageConfiguration?, _ path: String
  ) -> [FieldError] {
    guard let before = old?.requestedSize, let after = new?.requestedSize, after < before else { return [] }
    return [.invalid(path, after.description, "can't shrink existing storage from \(before) to \(after)")]
  }

  static func userAndGroupChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    .when(
      old.spec.postgresGID != new.spec.postgresGID,
      .invalid("spec.postgresGID", new.spec.postgresGID, "GID is an immutable field in the spec"))
      + .when(
        old.spec.postgresUID != new.spec.postgresUID,
        .invalid("spec.postgresUID", new.spec.postgresUID, "UID is an immutable field in the spec"))
  }

  static func slotsChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    guard let before = old.spec.replicationSlots?.highAvailability, before.enabled else { return [] }
    guard let after = new.spec.replicationSlots?.highAvailability else {
      let path = new.spec.replicationSlots == nil ? "spec.replicationSlots" : "spec.replicationSlots.highAvailability"
      return [.invalid(path, .null, "Cannot remove \(path) section while highAvailability is enabled")]
    }
    return .when(
      before.slotPrefix != after.slotPrefix,
      .invalid(
        "spec.replicationSlots.highAvailability.slotPrefix", after.slotPrefix,
        "Cannot change replication slot prefix while highAvailability is enabled"))
  }

  static func synchronizedSlotsChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    guard let before = old.spec.replicationSlots?.synchronizeReplicas, before.enabled,
      new.spec.replicationSlots?.synchronizeReplicas == nil
    else { return [] }
    let path = new.spec.replicationSlots == nil ? "spec.replicationSlots" : "spec.replicationSlots.synchronizeReplicas"
    let detail =
      "Cannot remove \(path) section while synchronizeReplicas is enabled. "
      + "Set its enabled to false first, so that the standbys drop their copies of the slots"
    return [.invalid(path, .null, detail)]
  }

  static func walLevelChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    let before = old.spec.postgresql?.parameters?["wal_level"] ?? ""
    let after = new.spec.postgresql?.parameters?["wal_level"]
    return .when(
      after == "minimal" && !before.isEmpty && before != "minimal",
      .invalid(
        "spec.postgresql.parameters.wal_level", "minimal",
        "Change of `wal_level` to `minimal` not allowed on an existing cluster (from \(before))"))
  }

  static func replicaModeChange(_ old: Cluster, _ new: Cluster) -> [FieldError] {
    .when(
      old.isReplicaCluster != new.isReplicaCluster && new.status?.switchReplicaClusterStatus?.inProgress == true,
      .forbidden(
        "spec.replica.enabled",
        "cannot modify the field while there is an ongoing operation to enable the replica cluster"))
  }
}
