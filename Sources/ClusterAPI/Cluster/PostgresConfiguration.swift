import Kubernetes

/// Configuration of PostgreSQL.
public struct PostgresConfiguration: Declared {
  @Field("Parameters of postgresql.conf by name; values are text. Fixed ones are refused.")
  public var parameters: [String: String]?
  @Field("Synchronous replication, in place of minSyncReplicas and maxSyncReplicas.")
  public var synchronous: SynchronousReplication?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Lines of pg_hba.conf, placed after the fixed ones. `${podselector:NAME}` stands for the addresses of pods.")
  public var pg_hba: [String]?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Lines of pg_ident.conf, placed after the fixed ones.") public var pg_ident: [String]?
  @Field("Which standbys may be synchronous, by the labels of their nodes.")
  public var syncReplicaElectionConstraint: SyncReplicaElectionConstraint?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Libraries to preload, before those that managed extensions add.") public var shared_preload_libraries:
    [String]?
  @Field("Authentication by LDAP.") public var ldap: LDAPConfiguration?
  @Field("Seconds a promotion may take; 40000000 when absent.", .count) public var promotionTimeout: Int?
  @Defaulted("Whether ALTER SYSTEM works.", false) public var enableAlterSystem: Bool
  @Field("Extensions mounted from images of their own (PostgreSQL 18 and newer).", .listMap("name"))
  public var extensions: [ImageExtension]?

  public init() {}

  public static func refine(_ schema: inout Schema) {
    let hasKeys = ["podFailureDomainKeys", "nodeFailureDomainKeys"]
      .map { "(has(self.synchronous.\($0)) && self.synchronous.\($0).size() > 0)" }.joined(separator: " || ")
    schema.rules.append(
      Schema.Rule(
        "!(has(self.syncReplicaElectionConstraint) && self.syncReplicaElectionConstraint.enabled"
          + " && has(self.synchronous) && (\(hasKeys)))",
        message: "syncReplicaElectionConstraint and synchronous failure domain keys are mutually exclusive"))
  }
}

/// Which standbys may be synchronous: those whose node differs from the primary's in one of the labels.
public struct SyncReplicaElectionConstraint: Declared {
  @Required("Whether the constraint is in force.") public var enabled: Bool
  @Field("Labels of nodes to compare.") public var nodeLabelsAntiAffinity: [String]?

  public init() {}
}

/// Authentication by LDAP; exactly one of bindAsAuth and bindSearchAuth.
public struct LDAPConfiguration: Declared {
  @Field("Host name or address of the server.") public var server: String?
  @Field("Port of the server.", .count) public var port: Int?
  @Field("Whether the connection begins with TLS.") public var scheme: LDAPScheme?
  @Field("Bind as the user who logs in.") public var bindAsAuth: LDAPBindAsAuth?
  @Field("Search for the user first, then bind.") public var bindSearchAuth: LDAPBindSearchAuth?
  @Defaulted("Whether the connection is upgraded by StartTLS.", false) public var tls: Bool

  public init() {}
}

public enum LDAPScheme: String, SchemaType, CaseIterable { case ldap, ldaps }

public struct LDAPBindAsAuth: Declared {
  @Field("Text before the user's name in the distinguished name.") public var prefix: String?
  @Field("Text after the user's name in the distinguished name.") public var suffix: String?

  public init() {}
}

public struct LDAPBindSearchAuth: Declared {
  @Field("Distinguished name below which to search.") public var baseDN: String?
  @Field("Distinguished name to search as.") public var bindDN: String?
  @Field("Secret entry with the password to search with.") public var bindPassword: SecretKeyReference?
  @Field("Attribute that holds the user's name.") public var searchAttribute: String?
  @Field("Filter of the search, with `$username` for the user's name.") public var searchFilter: String?

  public init() {}
}

/// A set of pods that lines of `pg_hba` refer to.
public struct PodSelectorReference: Declared {
  @Required("Name for use in `${podselector:NAME}`.", .minLength(1), .pattern("^[a-z]([a-z0-9_-]*[a-z0-9])?$"))
  public var name: String
  @Required("Labels of the pods, which must be in the cluster's namespace.") public var selector: LabelSelector

  public init() {}
}
