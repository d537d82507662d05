import Kubernetes

/// Another PostgreSQL server, its archive, or both.
public struct ExternalCluster: Declared {
  @Required("Name that other fields refer to.") public var name: String
  @Field("Parameters of libpq for the connection, such as host, user, dbname.") public var connectionParameters:
    [String: String]?
  @Field("Secret entry with the client's certificate.") public var sslCert: SecretKeyReference?
  @Field("Secret entry with the client's private key.") public var sslKey: SecretKeyReference?
  @Field("Secret entry with the authority of the server's certificate.") public var sslRootCert: SecretKeyReference?
  @Field("Secret entry with the password.") public var password: SecretKeyReference?
  @Field("Object store with its backups and write-ahead log.") public var barmanObjectStore: BarmanObjectStore?
  @Field("Plugin that reaches its backups.") public var plugin: PluginConfiguration?

  public init() {}
}

/// Makes a cluster a replica of another one.
public struct ReplicaCluster: Declared {
  @Required("Name of the entry of `externalClusters` to replicate from.", .minLength(1)) public var source: String
  @Field("Whether the cluster is a replica; when absent, it is one unless it is the `primary`.") public var enabled:
    Bool?
  @Field("Name of this cluster among those that share one topology; its own when absent.") public var `self`: String?
  @Field("Name of the cluster that is the primary of the topology.") public var primary: String?
  @Field("Token of the demoted primary; promotion waits until all it wrote is here.") public var promotionToken: String?
  @Field("How long transactions wait before they are applied, such as `1h`.") public var minApplyDelay: String?

  public init() {}
}

public struct PluginConfiguration: Declared {
  @Required("Name of the plugin.") public var name: String
  @Defaulted("Whether it takes part.", true) public var enabled: Bool
  @Defaulted("Whether it archives write-ahead log; at most one plugin does.", false) public var isWALArchiver: Bool
  @Field("Parameters of the plugin.") public var parameters: [String: String]?

  public init() {}
}
