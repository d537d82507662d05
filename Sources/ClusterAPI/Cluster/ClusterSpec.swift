import Kubernetes

/// What a PostgreSQL cluster should be.
public struct ClusterSpec: Declared {
  // What it is
  @Field("Words for people about the purpose of the cluster.") public var description: String?
  @Field("Labels and annotations handed down to every object made for the cluster.")
  public var inheritedMetadata: InheritedMetadata?

  // Images
  @Field("Container image of PostgreSQL, with a tag that begins with the version (not `latest`).")
  public var imageName: String?
  @Field("Image catalog to take the image from, by major version, instead of `imageName`.")
  public var imageCatalogRef: ImageCatalogReference?
  @Field("When nodes pull the image: `Always`, `IfNotPresent` or `Never`.") public var imagePullPolicy: String?
  @Field("Secrets with the credentials for pulling the image.") public var imagePullSecrets: [LocalReference]?

  // Instances
  @Defaulted("Number of instances: one primary, the others standbys.", 1, .count, .minimum(1)) public var instances: Int
  @Defaulted(
    "Synchronous standbys that must stay even when standbys fail; see `postgresql.synchronous`.", 0, .count)
  public var minSyncReplicas: Int
  @Defaulted("Synchronous standbys while all are healthy; see `postgresql.synchronous`.", 0, .count)
  public var maxSyncReplicas: Int
  @Field("How the data of the first instance is made; ignored afterwards.") public var bootstrap: Bootstrap?
  @Field("Makes the cluster a replica of another one.") public var replica: ReplicaCluster?
  @Field("Other PostgreSQL servers and object stores that the cluster refers to by name.")
  public var externalClusters: [ExternalCluster]?

  // PostgreSQL
  @Field("Configuration of PostgreSQL.") public var postgresql: PostgresConfiguration?
  @Field("Sets of pods that lines of `pg_hba` refer to by name.", .listMap("name"))
  public var podSelectorRefs: [PodSelectorReference]?
  @Field(
    "Replication slots for the standbys.",
    .refine { $0.defaultValue = ["highAvailability": ["enabled": true]] })
  public var replicationSlots: ReplicationSlotsConfiguration?
  @Field("Roles and services that the operator keeps as declared.") public var managed: ManagedConfiguration?
  @Field("Tablespaces, each on a volume of its own.") public var tablespaces: [TablespaceConfiguration]?

  // Secrets and certificates
  @Field("Secret with the password of `postgres`; made when absent and access is enabled.")
  public var superuserSecret: LocalReference?
  @Defaulted("Whether `postgres` has a password, kept in a Secret.", false) public var enableSuperuserAccess: Bool
  @Field("Secrets with certificates of your own; what is absent is made and renewed.")
  public var certificates: CertificatesConfiguration?

  // Storage
  @Field("Volume of the data directory.") public var storage: StorageConfiguration?
  @Field("Volume for write-ahead log of its own; once given, it stays.") public var walStorage: StorageConfiguration?
  @Field("Volume for temporary data, in place of an emptyDir.")
  public var ephemeralVolumeSource: EphemeralVolumeSource?
  @Field("Size limits of the volumes that live as long as their pod.")
  public var ephemeralVolumesSizeLimit: EphemeralVolumesSizeLimit?
  @Field("Volume projected to /projected in every instance.") public var projectedVolumeTemplate: ProjectedVolumeSource?

  // Pods
  @Field("Rules for the choice of nodes.") public var affinity: AffinityConfiguration?
  @Field("How instances spread over zones and nodes.", .listAtomic)
  public var topologySpreadConstraints: [TopologySpreadConstraint]?
  @Field("CPU and memory of each instance.") public var resources: ResourceRequirements?
  @Field("Scheduler of the pods; the default scheduler when absent.") public var schedulerName: String?
  @Field("Priority class of the pods.") public var priorityClassName: String?
  @Field("Labels and annotations of the ServiceAccount made for the cluster.")
  public var serviceAccountTemplate: ServiceAccountTemplate?
  @Field(
    "ServiceAccount to use instead of making one; it must exist.",
    .pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"), .maxLength(253),
    .rule("self == oldSelf", "serviceAccountName is immutable"))
  public var serviceAccountName: String?
  @Field("Environment variables of the instances.") public var env: [EnvVar]?
  @Field("Secrets and ConfigMaps whose entries become environment variables.", .listAtomic)
  public var envFrom: [EnvFromSource]?
  @Defaulted("User id of PostgreSQL in the image; it cannot be changed.", 26, .count) public var postgresUID: Int
  @Defaulted("Group id of PostgreSQL in the image; it cannot be changed.", 26, .count) public var postgresGID: Int
  @Field("Seccomp profile of the pods; RuntimeDefault when absent.") public var seccompProfile: SeccompProfile?
  @Field("Security context of the pods, in place of the operator's.") public var podSecurityContext: PodSecurityContext?
  @Field("Security context of the containers, in place of the operator's.") public var securityContext: SecurityContext?
  @Field("Probes of the instances.") public var probes: ProbesConfiguration?

  // Times
  @Defaulted(
    "Seconds an instance has to start before it is restarted; bootstrap and recovery do not count.", 3600, .count)
  public var startDelay: Int
  @Defaulted("Seconds an instance has to stop before it is killed.", 1800, .count) public var stopDelay: Int
  @Defaulted("Seconds of `stopDelay` that clients have to leave on their own.", 180, .count)
  public var smartShutdownTimeout: Int
  @Defaulted("Seconds the old primary has to stop in a switchover.", 3600, .count) public var switchoverDelay: Int
  @Defaulted("Seconds a primary may be unhealthy before a failover begins.", 0, .count) public var failoverDelay: Int
  @Field("Seconds without a successful liveness probe until an instance is restarted.", .count)
  public var livenessProbeTimeout: Int?
  @Field("Lease that a primary holds.") public var primaryLease: PrimaryLeaseConfiguration?

  // Operations
  @Defaulted("Whether the primary is updated at once or after a switchover made by a person.", .unsupervised)
  public var primaryUpdateStrategy: PrimaryUpdateStrategy
  @Defaulted("Whether the primary is updated by a restart in place or after a switchover.", .restart)
  public var primaryUpdateMethod: PrimaryUpdateMethod
  @Defaulted("Whether PodDisruptionBudgets protect the instances from evictions.", true) public var enablePDB: Bool
  @Field("Announces work on the nodes; prefer `enablePDB`.") public var nodeMaintenanceWindow: NodeMaintenanceWindow?
  @Field("Where and how backups are made.") public var backup: BackupConfiguration?
  @Field("Metrics.") public var monitoring: MonitoringConfiguration?
  @Defaulted("How much the instances log.", .info) public var logLevel: LogLevel
  @Field("Plugins that take part in the life of the cluster.") public var plugins: [PluginConfiguration]?

  public init() {}

  public static func refine(_ schema: inout Schema) {
    schema.rules.append(
      Schema.Rule(
        "!(has(self.imageCatalogRef) && has(self.imageName))",
        message: "imageName and imageCatalogRef are mutually exclusive"))
  }
}

public enum LogLevel: String, SchemaType, CaseIterable { case error, warning, info, debug, trace }

public enum PrimaryUpdateStrategy: String, SchemaType, CaseIterable { case unsupervised, supervised }

public enum PrimaryUpdateMethod: String, SchemaType, CaseIterable { case switchover, restart }
