import Kubernetes

/// What was last observed of a cluster.
public struct ClusterStatus: Declared {
  // Instances
  @Field("Number of instances that have volumes.") public var instances: Int?
  @Field("Number of instances that are ready.") public var readyInstances: Int?
  @Field("Selector of the instances' pods as text, for the `scale` subresource.") public var selector: String?
  @Field("Names of the instances by the state of their pods.") public var instancesStatus: [String: [String]]?
  @Field("What each instance says of itself, by name.") public var instancesReportedState:
    [String: InstanceReportedState]?
  @Field("Names of the instances that have volumes, sorted.") public var instanceNames: [String]?
  @Field("No longer used: the highest serial number given to an instance.") public var latestGeneratedNode: Int?
  @Field("Where the instances run.") public var topology: Topology?

  // Primary
  @Field("Instance that is the primary; written by the instance once promoted.") public var currentPrimary: String?
  @Field("Time at which it became the primary, RFC 3339 with microseconds.") public var currentPrimaryTimestamp: String?
  @Field("Time since which it is unhealthy, RFC 3339 with microseconds.")
  public var currentPrimaryFailingSinceTimestamp: String?
  @Field("Instance that should be the primary, or `pending` while one is being chosen; written by the operator.")
  public var targetPrimary: String?
  @Field("Time at which it was chosen, RFC 3339 with microseconds.") public var targetPrimaryTimestamp: String?
  @Field("Timeline of the primary.") public var timelineID: Int?
  @Field("System identifier of the database cluster.") public var systemID: String?

  // Phase
  @Field("What the operator is doing, in words.") public var phase: String?
  @Field("Why.") public var phaseReason: String?
  @Field("Aspects of the cluster's state.", .listMap("type")) public var conditions: [Condition]?

  // Volumes and jobs
  @Field("Number of volumes.") public var pvcCount: Int?
  @Field("Number of jobs under way.") public var jobCount: Int?
  @Field("Volumes that no pod uses.") public var danglingPVC: [String]?
  @Field("Volumes that are growing.") public var resizingPVC: [String]?
  @Field("Volumes that are being filled.") public var initializingPVC: [String]?
  @Field("Volumes in use.") public var healthyPVC: [String]?
  @Field("Volumes that cannot be used, for instance because another one of the same instance is missing.")
  public var unusablePVC: [String]?

  // Services, secrets, certificates
  @Field("Service that leads to the primary.") public var writeService: String?
  @Field("Service that leads to all instances.") public var readService: String?
  @Field("Versions of the Secrets in use.") public var secretsResourceVersion: SecretsResourceVersion?
  @Field("Versions of the ConfigMaps in use.") public var configMapResourceVersion: ConfigMapResourceVersion?
  @Field("Certificates in use.") public var certificates: CertificatesStatus?
  @Field("SHA-256 of the public key the operator shows to the instances, in hexadecimal.")
  public var operatorCertificateFingerprint: String?

  // Inside PostgreSQL
  @Field("State of the managed roles.") public var managedRolesStatus: ManagedRolesStatus?
  @Field("State of the tablespaces.") public var tablespacesStatus: [TablespaceState]?
  @Field("Addresses behind `podSelectorRefs`.", .listMap("name")) public var podSelectorRefs: [PodSelectorState]?
  @Field("Poolers that the operator sets up access for.") public var poolerIntegrations: PoolerIntegrations?

  // Images
  @Field("Image in use.") public var image: String?
  @Field("Image the data directory belongs to.") public var pgDataImageInfo: ImageInfo?
  @Field("Image the data directory is being upgraded to.") public var targetPgDataImageInfo: ImageInfo?

  // Backup
  @Field("Earliest time the cluster can be restored to, RFC 3339.") public var firstRecoverabilityPoint: String?
  @Field("The same for each backup method.") public var firstRecoverabilityPointByMethod: [String: String]?
  @Field("Time of the last backup that succeeded, RFC 3339.") public var lastSuccessfulBackup: String?
  @Field("The same for each backup method.") public var lastSuccessfulBackupByMethod: [String: String]?
  @Field("Time at which a backup was last restored and found whole, RFC 3339.") public var lastVerifiedBackup: String?
  @Field("Time of the last backup that failed, RFC 3339.") public var lastFailedBackup: String?

  // Replica clusters
  @Field("State of a change between primary and replica cluster.")
  public var switchReplicaClusterStatus: SwitchReplicaClusterStatus?
  @Field("Token for the promotion of another cluster in place of this one.") public var demotionToken: String?
  @Field("Token by which this cluster was last promoted.") public var lastPromotionToken: String?

  // Operator
  @Field("Commit the operator was built from.") public var cloudNativePGCommitHash: String?
  @Field("Hash of the operator's program.") public var cloudNativePGOperatorHash: String?
  @Field("Architectures the operator has a program for.") public var availableArchitectures: [AvailableArchitecture]?
  @Field("Whether instance managers are updated without a restart of PostgreSQL.") public var onlineUpdateEnabled: Bool?
  @Field("State of the plugins.") public var pluginStatus: [PluginState]?

  public init() {}
}

/// What an instance says of itself.
public struct InstanceReportedState: Declared {
  @Required("Whether it is a primary.") public var isPrimary: Bool
  @Field("Its timeline.") public var timeLineID: Int?
  @Field("Its address.") public var ip: String?

  public init() {}
}

/// Where the instances run.
public struct Topology: Declared {
  @Field("For each instance, the values of the labels that tell its place.") public var instances:
    [String: [String: String]]?
  @Field("Number of nodes with instances.") public var nodesUsed: Int?
  @Field("Whether all could be found out.") public var successfullyExtracted: Bool?

  public init() {}
}

/// An image of PostgreSQL.
public struct ImageInfo: Declared {
  @Required("Reference of the image.") public var image: String
  @Required("Major version of PostgreSQL in it.") public var majorVersion: Int
  @Field("Extensions mounted from images of their own.") public var extensions: [ImageExtension]?

  public init() {}
}
