import Kubernetes

/// A layer of PgBouncer in front of a cluster.
public struct Pooler: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "Pooler", plural: "poolers")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("What the pooler should be.") public var spec: PoolerSpec
  @Field("What was last observed of it.") public var status: PoolerStatus?

  public init() {}
}

public struct PoolerSpec: Declared {
  @Required(
    "Cluster to connect to.", .rule("self == oldSelf", "cluster reference is immutable after creation"))
  public var cluster: LocalReference
  @Defaulted("Service of the cluster to connect to.", .rw) public var type: ServiceSelectorType
  @Defaulted("Number of pods.", 1, .count) public var instances: Int
  @Field("Template of the pods.") public var template: PodTemplate?
  @Required("Configuration of PgBouncer.") public var pgbouncer: PgBouncerConfiguration
  @Field("How changed pods replace the old ones, as in a Deployment.") public var deploymentStrategy:
    DeploymentStrategy?
  @Field("Metrics. Deprecated: make a PodMonitor yourself.") public var monitoring: PoolerMonitoring?
  @Field("Template of the service.") public var serviceTemplate: ServiceTemplate?
  @Field(
    "ServiceAccount to use instead of making one; it must exist.",
    .pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"), .maxLength(253),
    .rule("self == oldSelf", "serviceAccountName is immutable"))
  public var serviceAccountName: String?

  public init() {}
}

public enum PoolMode: String, SchemaType, CaseIterable { case session, transaction }

/// Configuration of PgBouncer.
public struct PgBouncerConfiguration: Declared {
  @Defaulted(
    "When a client gives its server connection back: at the end of its session or of each transaction.", .session)
  public var poolMode: PoolMode
  @Field("Secret of type kubernetes.io/tls with the certificate shown to PostgreSQL.") public var serverTLSSecret:
    LocalReference?
  @Field("Secret with the authority of PostgreSQL's certificate.") public var serverCASecret: LocalReference?
  @Field("Secret with the authority of clients' certificates.") public var clientCASecret: LocalReference?
  @Field("Secret of type kubernetes.io/tls with the certificate shown to clients.") public var clientTLSSecret:
    LocalReference?
  @Field("Secret with the credentials for authQuery. Deprecated in favour of serverTLSSecret.")
  public var authQuerySecret: LocalReference?
  @Field("Query that finds a user's password.") public var authQuery: String?
  @Field("Parameters of pgbouncer.ini.") public var parameters: [String: String]?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Lines of PgBouncer's HBA file.") public var pg_hba: [String]?
  @Defaulted("Whether all connections wait.", false) public var paused: Bool
  @Field("Image of PgBouncer; the operator's when absent.") public var image: String?
  @Field("Image catalog to take the image from, instead of `image`.") public var imageCatalogRef:
    ImageCatalogComponentReference?

  public init() {}

  public static func refine(_ schema: inout Schema) {
    schema.rules.append(
      Schema.Rule(
        "!(has(self.image) && has(self.imageCatalogRef))", message: "image and imageCatalogRef are mutually exclusive"))
  }
}

public struct PoolerMonitoring: Declared {
  @Defaulted("Whether the operator makes a PodMonitor.", false) public var enablePodMonitor: Bool
  @Field("Relabelings of samples.") public var podMonitorMetricRelabelings: [JSON]?
  @Field("Relabelings of targets.") public var podMonitorRelabelings: [JSON]?
  @Field("TLS of the metrics' port.") public var tls: MonitoringTLS?

  public init() {}
}

public enum PoolerPhase: String, SchemaType, CaseIterable { case active, paused, inactive, failed }

public struct PoolerStatus: Declared {
  @Field("Versions of the Secrets in use.") public var secrets: PoolerSecrets?
  @Field("Number of pods.") public var instances: Int?
  @Field("State of the pooler.") public var phase: PoolerPhase?
  @Field("Why.") public var phaseReason: String?
  @Field("Image in use.") public var image: String?
  @Field("Why the pooler cannot be made.") public var error: String?

  public init() {}
}

public struct PoolerSecrets: Declared {
  @Field("Certificate shown to clients.") public var clientTLS: SecretVersion?
  @Field("Certificate shown to PostgreSQL.") public var serverTLS: SecretVersion?
  @Field("Authority of PostgreSQL's certificate.") public var serverCA: SecretVersion?
  @Field("Authority of clients' certificates.") public var clientCA: SecretVersion?
  @Field("PgBouncer's own.") public var pgBouncerSecrets: PgBouncerSecrets?

  public init() {}
}

public struct PgBouncerSecrets: Declared {
  @Field("Credentials for authQuery.") public var authQuery: SecretVersion?

  public init() {}
}

public struct SecretVersion: Declared {
  @Field("Name of the Secret.") public var name: String?
  @Field("Its `metadata.resourceVersion`.") public var version: String?

  public init() {}
}
