/// What the operator's own settings add to a Cluster.
public struct DefaultingSettings: Sendable, Equatable {
  /// The image of PostgreSQL for Clusters that name none (`POSTGRES_IMAGE_NAME`).
  public var postgresImage: String
  /// Whether the operator has default queries in a ConfigMap (`MONITORING_QUERIES_CONFIGMAP`) …
  public var hasQueriesConfigMap: Bool
  /// … or in a Secret (`MONITORING_QUERIES_SECRET`).
  public var hasQueriesSecret: Bool
  /// Plugins that every Cluster gets (`INCLUDE_PLUGINS`).
  public var includedPlugins: [String]

  public init(
    postgresImage: String, hasQueriesConfigMap: Bool = false, hasQueriesSecret: Bool = false,
    includedPlugins: [String] = []
  ) {
    self.postgresImage = postgresImage
    self.hasQueriesConfigMap = hasQueriesConfigMap
    self.hasQueriesSecret = hasQueriesSecret
    self.includedPlugins = includedPlugins
  }
}

/// The copy of the operator's default queries in a cluster's namespace: ConfigMap and Secret have the same name.
public enum DefaultQueries {
  public static let name = "cnpg-default-monitoring"
  public static let key = "queries"
}
