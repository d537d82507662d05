import Kubernetes

/// Versions of the Secrets that a cluster uses: their `metadata.resourceVersion`.
public struct SecretsResourceVersion: Declared {
  @Field("Of the superuser's.") public var superuserSecretVersion: String?
  @Field("Of the replication certificate's.") public var replicationSecretVersion: String?
  @Field("Of the application's.") public var applicationSecretVersion: String?
  @Field("Of the managed roles', by Secret.") public var managedRoleSecretVersion: [String: String]?
  @Field("No longer used.") public var caSecretVersion: String?
  @Field("Of the clients' authority's.") public var clientCaSecretVersion: String?
  @Field("Of the servers' authority's.") public var serverCaSecretVersion: String?
  @Field("Of the servers' certificate's.") public var serverSecretVersion: String?
  @Field("Of the object store's authorities'.") public var barmanEndpointCA: String?
  @Field("Of the external clusters', by Secret.") public var externalClusterSecretVersion: [String: String]?
  @Field("Of those with queries for metrics, by Secret.") public var metrics: [String: String]?

  public init() {}
}

/// Versions of the ConfigMaps that a cluster uses.
public struct ConfigMapResourceVersion: Declared {
  @Field("Of those with queries for metrics, by ConfigMap.") public var metrics: [String: String]?

  public init() {}
}

/// State of the managed roles.
public struct ManagedRolesStatus: Declared {
  @Field("Roles by state: reconciled, not-managed, pending-reconciliation, reserved.") public var byStatus:
    [String: [String]]?
  @Field("For each role that could not be brought to its declared state, why.") public var cannotReconcile:
    [String: [String]]?
  @Field("For each role, the password last applied.") public var passwordStatus: [String: PasswordState]?

  public init() {}
}

public struct PasswordState: Declared {
  @Field("Transaction that last changed the role.") public var transactionID: Int?
  @Field("Version of the Secret it came from.") public var resourceVersion: String?

  public init() {}
}

public struct TablespaceState: Declared {
  @Required("Name of the tablespace.") public var name: String
  @Field("Role that owns it.") public var owner: String?
  @Required("`reconciled` or `pending`.") public var state: String
  @Field("Why it is pending.") public var error: String?

  public init() {}
}

public struct PodSelectorState: Declared {
  @Required("Name of the selector.") public var name: String
  @Field("Addresses of the pods, sorted.") public var ips: [String]?

  public init() {}
}

public struct PoolerIntegrations: Declared {
  @Field("PgBouncer's.") public var pgBouncerIntegration: PgBouncerIntegration?

  public init() {}
}

public struct PgBouncerIntegration: Declared {
  @Field("Secrets by which poolers authenticate.") public var secrets: [String]?

  public init() {}
}

public struct SwitchReplicaClusterStatus: Declared {
  @Field("Whether a change is under way.") public var inProgress: Bool?

  public init() {}
}

public struct AvailableArchitecture: Declared {
  @Required("Architecture, such as `amd64`.") public var goArch: String
  @Required("Hash of the program.") public var hash: String

  public init() {}
}

/// State of a plugin.
public struct PluginState: Declared {
  @Required("Name of the plugin.") public var name: String
  @Required("Its version.") public var version: String
  @Field("What it can do.") public var capabilities: [String]?
  @Field("What it can do in the operator.") public var operatorCapabilities: [String]?
  @Field("What it can do with write-ahead log.") public var walCapabilities: [String]?
  @Field("What it can do with backups.") public var backupCapabilities: [String]?
  @Field("What it can do in restore jobs.") public var restoreJobHookCapabilities: [String]?
  @Field("What it says of itself.") public var status: String?

  public init() {}
}
