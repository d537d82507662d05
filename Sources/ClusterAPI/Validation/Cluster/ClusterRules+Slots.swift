import Kubernetes

extension ClusterRules {
  private static let parametersPath = "spec.postgresql.parameters"

  static func slotPatterns(_ cluster: Cluster) -> [FieldError] {
    let patterns = cluster.spec.replicationSlots?.synchronizeReplicas?.excludePatterns ?? []
    let invalid = patterns.compactMap { pattern -> String? in
      do {
        _ = try RegularExpression(pattern)
        return nil
      } catch {
        return "\(error)"
      }
    }
    return .when(
      !invalid.isEmpty,
      .invalid(
        "spec.replicationSlots.synchronizeReplicas.excludePatterns", invalid.joined(separator: "; "),
        "Cannot configure synchronizeReplicas. Invalid regexes were found"))
  }

  static func logicalDecoding(_ cluster: Cluster) -> [FieldError] {
    let parameters = cluster.spec.postgresql?.parameters ?? [:]
    guard cluster.spec.replicationSlots?.highAvailability?.synchronizeLogicalDecoding == true,
      !usesFailoverSlots(parameters), let major = cluster.requestedMajor
    else { return [] }
    let feature = "spec.replicationSlots.highAvailability.synchronizeLogicalDecoding"
    guard major >= 17 else {
      let detail =
        "pg_failover_slots extension must be enabled to use synchronizeLogicalDecoding with Postgres versions < 17"
      return [.invalid(feature, .bool(true), detail)]
    }
    return .when(
      !isOn("hot_standby_feedback", parameters),
      .invalid(
        "\(parametersPath).hot_standby_feedback", .bool(false),
        "`hot_standby_feedback` must be enabled to enable `\(feature)`"))
      + .when(
        !isOn("sync_replication_slots", parameters),
        .invalid(
          "\(parametersPath).sync_replication_slots", .bool(false),
          "either `sync_replication_slots` setting or pg_failover_slots extension must be enabled: "
            + "`\(feature)` keeps logical slots by one of them"))
  }

  static func failoverSlots(_ cluster: Cluster) -> [FieldError] {
    let parameters = cluster.spec.postgresql?.parameters ?? [:]
    guard usesFailoverSlots(parameters) else { return [] }
    let feedback = [FieldError].when(
      !isOn("hot_standby_feedback", parameters),
      .invalid(
        "\(parametersPath).hot_standby_feedback", .bool(false),
        "`hot_standby_feedback` must be on for pg_failover_slots"))
    guard let slots = cluster.spec.replicationSlots else {
      return feedback + [.invalid("spec.replicationSlots", .null, "replicationSlots must be enabled")]
    }
    return feedback
      + .when(
        slots.highAvailability?.enabled != true,
        .invalid(
          "spec.replicationSlots.highAvailability", "nil or false",
          "High Availability replication slots must be enabled"))
  }

  private static func usesFailoverSlots(_ parameters: [String: String]) -> Bool {
    ManagedExtension.all.contains { $0.name == "pg_failover_slots" && $0.isUsed(by: parameters) }
  }

  private static func isOn(_ name: String, _ parameters: [String: String]) -> Bool {
    parameters[name].flatMap(PostgresParameters.boolean) ?? false
  }
}
