/// The parameters of postgresql.conf: what users give, what is added, what they cannot give.
public enum PostgresParameters {
  private static let byName = Dictionary(uniqueKeysWithValues: PostgresParameter.all.map { ($0.name, $0) })

  public static func settled(_ name: String) -> PostgresParameter? { byName[name.lowercased()] }

  /// Users' parameters under the names that PostgreSQL knows them by: it does not tell `TimeZone` from `timezone`. Of
  /// several spellings, which validation refuses, the last in the order of the alphabet counts.
  public static func canonical(_ user: [String: String]) -> [String: String] {
    user.sorted { $0.key < $1.key }.reduce(into: [:]) { $0[$1.key.lowercased()] = $1.value }
  }

  /// Values for what users leave out.
  public static let defaults = PostgresParameter.all.reduce(into: [String: String]()) { $0[$1.name] = $1.defaultValue }

  /// Values that win over everything.
  public static let mandatory = PostgresParameter.all.reduce(into: [String: String]()) {
    $0[$1.name] = $1.mandatoryValue
  }

  /// Whether users cannot set a parameter.
  public static func isReserved(_ name: String) -> Bool { settled(name)?.reservation != nil }

  /// How a cluster archives its write-ahead log: `archive_mode`.
  public enum ArchiveMode: String, Sendable {
    case on, always, off
  }

  /// The parameters that defaulting writes into a Cluster: the user's over the defaults, and `archive_mode`.
  ///
  /// - Parameter keepingReserved: Whether parameters that users cannot set are kept, so that validation can refuse
  ///   them, or left out.
  public static func defaulted(
    _ user: [String: String], archiveMode: ArchiveMode, keepingReserved: Bool
  ) -> [String: String] {
    // A user's spelling stands; the default of the same parameter would be a second value.
    let spelled = Set(user.keys.filter { $0 != $0.lowercased() }.map { $0.lowercased() })
    var parameters = defaults.filter { !spelled.contains($0.key) }
    for (name, value) in user where keepingReserved || !isReserved(name) { parameters[name] = value }
    parameters["archive_mode"] = archiveMode.rawValue
    return parameters
  }

  /// The parameters of a Cluster as they are rendered, without those that depend on the moment
  /// (`synchronous_standby_names` and its like).
  ///
  /// - Parameters:
  ///   - user: `spec.postgresql.parameters`.
  ///   - libraries: `spec.postgresql.shared_preload_libraries`.
  ///   - major: PostgreSQL's major version; `allow_alter_system` exists since 17.
  public static func rendered(
    _ user: [String: String], libraries: [String], major: Int, archiveMode: ArchiveMode, clusterName: String,
    allowsAlterSystem: Bool
  ) -> [String: String] {
    let user = canonical(user)
    var parameters = defaulted(user, archiveMode: archiveMode, keepingReserved: false)
    parameters.merge(mandatory) { $1 }
    parameters["cluster_name"] = clusterName
    if major >= 17 { parameters["allow_alter_system"] = allowsAlterSystem ? "on" : "off" }
    parameters["shared_preload_libraries"] =
      ManagedExtension.preloadedLibraries(user: libraries, parameters: user).joined(separator: ",")
    return parameters
  }

  /// A boolean as PostgreSQL reads it: any unambiguous beginning of true, false, yes, no; on, off; 1, 0.
  public static func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "on", "y", "ye", "yes", "t", "tr", "tru", "true": true
    case "0", "of", "off", "n", "no", "f", "fa", "fal", "fals", "false": false
    default: nil
    }
  }
}

extension Cluster {
  /// How the cluster archives its write-ahead log.
  public var archiveMode: PostgresParameters.ArchiveMode {
    if annotations[Annotations.skipWalArchiving] == "enabled" { return .off }
    return isReplicaCluster ? .always : .on
  }

  /// Whether the cluster replicates from another one.
  public var isReplicaCluster: Bool {
    guard let replica = spec.replica else { return false }
    return replica.enabled ?? ((replica.`self` ?? name) != replica.primary)
  }
}
