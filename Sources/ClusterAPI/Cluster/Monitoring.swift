import Kubernetes

/// Metrics of the instances.
public struct MonitoringConfiguration: Declared {
  @Defaulted("Whether the operator's default queries are left out.", false) public var disableDefaultQueries: Bool
  @Field("Entries of ConfigMaps with queries.") public var customQueriesConfigMap: [ConfigMapKeyReference]?
  @Field("Entries of Secrets with queries.") public var customQueriesSecret: [SecretKeyReference]?
  @Defaulted("Whether the operator makes a PodMonitor. Deprecated: make it yourself.", false) public
    var enablePodMonitor: Bool
  @Field("TLS of the metrics' port.") public var tls: MonitoringTLS?
  @Field("Relabelings of samples for the PodMonitor. Deprecated.") public var podMonitorMetricRelabelings: [JSON]?
  @Field("Relabelings of targets for the PodMonitor. Deprecated.") public var podMonitorRelabelings: [JSON]?
  @Field("How long the results of queries are reused, such as `30s`; `0s` asks again at each scrape.")
  public var metricsQueriesTTL: String?

  public init() {}
}

public struct MonitoringTLS: Declared {
  @Defaulted("Whether metrics are served over TLS.", false) public var enabled: Bool

  public init() {}
}
