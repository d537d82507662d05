import Kubernetes

extension ClusterRules {
  private static func path(_ parameter: String) -> String { "spec.postgresql.parameters.\(parameter)" }

  /// The user's parameters, sorted so that errors come in the same order each time.
  private static func given(_ cluster: Cluster) -> [(name: String, value: String)] {
    (cluster.spec.postgresql?.parameters ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The user's parameters under PostgreSQL's names.
  private static func canonical(_ cluster: Cluster) -> [String: String] {
    PostgresParameters.canonical(cluster.spec.postgresql?.parameters ?? [:])
  }

  /// What the cluster will have if what users cannot set is left out.
  private static func generated(_ cluster: Cluster) -> [String: String] {
    PostgresParameters.defaulted(
      canonical(cluster), archiveMode: cluster.archiveMode, keepingReserved: false)
  }

  /// Names stand in postgresql.conf as they are: a line break in one would be a setting of its own.
  private static func isName(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        part.first.map(isStart) ?? false && part.allSatisfy(isInside)
      }
  }

  // By hand: a regular expression is compiled anew for each name, which was a tenth of what the operator did for a Cluster.
  private static func isStart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): true
    default: false
    }
  }

  private static func isInside(_ byte: UInt8) -> Bool {
    isStart(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "$")
  }

  static func parameterNames(_ cluster: Cluster) -> [FieldError] {
    given(cluster).filter { !isName($0.name) }.map {
      .invalid(
        path($0.name), $0.name,
        "must be a valid PostgreSQL configuration parameter name (a GUC name, optionally namespaced with a single dot)")
    }
  }

  /// PostgreSQL would take one of the two values, whichever comes last.
  static func parameterSpellings(_ cluster: Cluster) -> [FieldError] {
    let given = given(cluster)
    return given.enumerated().compactMap { index, parameter in
      let other = given[..<index].first { $0.name.lowercased() == parameter.name.lowercased() }
      return other.map {
        .invalid(
          path(parameter.name), parameter.value,
          "is the same parameter as \($0.name): names are not case-sensitive. Give one of the two")
      }
    }
  }

  /// A reserved parameter with the value it has anyway is accepted: that is what a defaulted Cluster looks like.
  static func reservedParameters(_ cluster: Cluster) -> [FieldError] {
    let generated = generated(cluster)
    return given(cluster).filter {
      PostgresParameters.isReserved($0.name) && generated[$0.name.lowercased()] != $0.value
    }.map {
      .invalid(path($0.name), $0.value, "Can't set fixed configuration parameter")
    }
  }

  static func walLevel(_ cluster: Cluster) -> [FieldError] {
    let level = generated(cluster)["wal_level"] ?? ""
    guard ["logical", "replica", "minimal"].contains(level) else {
      let detail = "unrecognized `wal_level` value - allowed values: `logical`, `replica`, `minimal`"
      return [.invalid(path("wal_level"), level, detail)]
    }
    let needsMore = cluster.spec.instances > 1 || cluster.archiveMode != .off || cluster.isReplicaCluster
    return .when(
      needsMore && level == "minimal",
      .invalid(
        path("wal_level"), level,
        "`wal_level` should be set at `logical` or `replica` when `archive_mode` is `on`, "
          + "'.instances' field is greater than 1, or this is a replica cluster"))
  }

  static func walSenders(_ cluster: Cluster) -> [FieldError] {
    let generated = generated(cluster)
    return .when(
      generated["wal_level"] == "minimal" && generated["max_wal_senders"] != "0",
      .invalid(
        path("max_wal_senders"), "minimal", "`max_wal_senders` should be set at `0` when `wal_level` is `minimal`"))
  }

  static func sharedBuffers(_ cluster: Cluster) -> [FieldError] {
    guard let text = canonical(cluster)["shared_buffers"], !text.isEmpty else { return [] }
    return .when(
      PostgresSize.parse(text) == nil,
      .invalid(
        path("shared_buffers"), "shared_buffers",
        "Invalid value for configuration parameter shared_buffers. "
          + "More info on accepted values format: a whole number and one of the units kB, MB, GB, TB, such as 256MB"))
  }

  static func booleanParameters(_ cluster: Cluster) -> [FieldError] {
    ["hot_standby_feedback", "sync_replication_slots", "wal_log_hints"].compactMap { name in
      guard let text = canonical(cluster)[name], PostgresParameters.boolean(text) == nil else {
        return nil
      }
      return .invalid(path(name), text, "invalid `\(name)` value. Must be a postgres boolean")
    }
  }

  /// pg_rewind needs either hints in the log or data checksums.
  static func walLogHints(_ cluster: Cluster) -> [FieldError] {
    guard let text = canonical(cluster)["wal_log_hints"] else { return [] }
    return .when(
      PostgresParameters.boolean(text) == false && cluster.spec.instances > 1,
      .invalid(path("wal_log_hints"), text, "`wal_log_hints` must be set to `on` when `instances` > 1"))
  }
}
