import Kubernetes

extension Cluster: ValidatedObject {
  public static var updateErrorKind: (kind: String, group: String) { ("Cluster", "cluster.cnpg.io") }

  public func problems(_ context: ValidationContext) -> [FieldError] {
    ClusterRules.all.flatMap { $0(self) } + ClusterRules.podPatch(self, context)
  }

  public func problems(changedFrom old: Cluster) -> [FieldError] {
    ClusterRules.changes.flatMap { $0(old, self) }
  }

  public func warnings(_ context: ValidationContext) -> [String] {
    ClusterWarnings.all.flatMap { $0(self) } + UnsupportedFields.warnings(for: self)
  }
}

/// The rules for Clusters: each a function of its own, by theme in files of their own.
enum ClusterRules {
  typealias Rule = @Sendable (Cluster) -> [FieldError]
  /// A rule about the old Cluster and the new one.
  typealias ChangeRule = @Sendable (_ old: Cluster, _ new: Cluster) -> [FieldError]

  static let all: [Rule] = [
    // Bootstrap
    bootstrapMethod, applicationDatabases, walSegmentSize, applicationSQLReferences, logicalImport,
    baseBackupSource, recoverySource, recoverySnapshots, recoveryTargets, recoveryTargetFormats, recoveryTargetBackup,
    // Identity, images, secrets
    clusterName, imageName, imagePullPolicy, superuserSecret, certificates, serviceAccount, environment,
    // Replicas
    maxSyncReplicas, minSyncReplicas, synchronousStyles, synchronousNumber, failoverQuorumAnnotation, failoverQuorum,
    electionConstraint, primaryLease, primaryUpdateStrategy,
    // Replication slots
    slotPatterns, logicalDecoding, failoverSlots,
    // PostgreSQL
    postgresVersion, parameterNames, parameterSpellings, reservedParameters, walLevel, walSenders, sharedBuffers,
    booleanParameters,
    walLogHints, walSizes, hbaLines, podSelectors, ldap, imageExtensions,
    // Resources and storage
    cpuAndMemory, hugePages, sharedBuffersMemory, storageSizes, ephemeralVolumes, tablespaceNames,
    tablespaceSnapshotClasses,
    // External and replica clusters
    externalClusterNames, externalClusters, replicaMode, replicaSources, promotionToken,
    // Scheduling
    tolerations, nodeSelector, antiAffinityType,
    // Services and roles
    defaultServices, managedServices, managedRoles,
    // Backup and plugins
    objectStore, externalObjectStores, retentionPolicy, walArchivers,
    // Annotations
    hibernationAnnotation, livenessPingerAnnotation,
  ]

  static let changes: [ChangeRule] = [
    majorChange, imageAndParametersChange, storageChange, walStorageChange, tablespacesChange, userAndGroupChange,
    slotsChange, synchronizedSlotsChange, walLevelChange, replicaModeChange,
  ]
}
