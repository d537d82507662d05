import Kubernetes

extension ClusterRules {
  static func storageSizes(_ cluster: Cluster) -> [FieldError] {
    storageSize(cluster.spec.storage, "spec.storage")
      + (cluster.spec.walStorage.map { storageSize($0, "spec.walStorage") } ?? [])
      + (cluster.spec.tablespaces ?? []).enumerated().flatMap {
        storageSize($1.storage, "spec.tablespaces[\($0)]")
      }
  }

  private static func storageSize(_ storage: StorageConfiguration?, _ path: String) -> [FieldError] {
    if let size = storage?.size, !size.isEmpty {
      return .when((try? Quantity(parsing: size)) == nil, .invalid("\(path).size", size, "Size value isn't valid"))
    }
    return .when(
      storage?.requestedSize?.isZero != false,
      .invalid("\(path).size", "", "Size not configured. Please add it, or a storage request in the pvcTemplate."))
  }

  static func ephemeralVolumes(_ cluster: Cluster) -> [FieldError] {
    let detail =
      "Conflicting settings: provide either ephemeralVolumeSource "
      + "or ephemeralVolumesSizeLimit.TemporaryData, not both."
    return .when(
      cluster.spec.ephemeralVolumeSource != nil && cluster.spec.ephemeralVolumesSizeLimit?.temporaryData != nil,
      .duplicate("spec.ephemeralVolumeSource", .string(detail)))
  }

  static func tablespaceNames(_ cluster: Cluster) -> [FieldError] {
    let names = (cluster.spec.tablespaces ?? []).map(\.name)
    // PostgreSQL folds identifiers to lower case.
    let folded = names.map { $0.lowercased() }.markingRepetitions()
    var volumes: Set<String> = []
    return names.enumerated().flatMap { index, name -> [FieldError] in
      let path = "spec.tablespaces[\(index)]"
      if folded[index].isRepeated { return [.invalid(path, name, "duplicate tablespace name")] }
      let volume = ObjectNames.volumePart(of: name)
      let detail =
        "tablespace name results in duplicate volume name \(quoted(volume)): "
        + "volumes are named in lower case, with a hyphen for '_' and '$'"
      return (tablespaceNameProblem(name).map { [.invalid(path, name, $0)] } ?? [])
        + .when(!volumes.insert(volume).inserted, .invalid(path, name, detail))
    }
  }

  private static func tablespaceNameProblem(_ name: String) -> String? {
    if name.hasPrefix("pg_") { return "tablespace names beginning 'pg_' are reserved for Postgres" }
    if name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_$]*/) == nil {
      return "tablespace names must be valid Postgres identifiers: "
        + "a letter or '_' first, then letters, digits, '_' and '$'"
    }
    return name.utf8.count > 63 ? "the maximum length of an identifier is 63 characters" : nil
  }

  static func tablespaceSnapshotClasses(_ cluster: Cluster) -> [FieldError] {
    let known = Set((cluster.spec.tablespaces ?? []).map(\.name))
    return (cluster.spec.backup?.volumeSnapshot?.tablespaceClassName ?? [:]).keys.sorted()
      .filter { !known.contains($0) }.map { name in
        .invalid(
          "spec.backup.volumeSnapshot.tablespaceClassName", name,
          "there is no tablespace \(name) in spec.tablespaces")
      }
  }
}
