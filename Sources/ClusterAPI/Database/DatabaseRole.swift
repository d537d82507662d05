import Kubernetes

/// A role of a cluster, as an object of its own.
public struct DatabaseRole: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "DatabaseRole", plural: "databaseroles")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("What the role should be.") public var spec: DatabaseRoleSpec
  @Field("What was last done.") public var status: DatabaseRoleStatus?

  public init() {}
}

public struct DatabaseRoleSpec: Declared {
  @Required("Cluster it belongs to.", .rule("self == oldSelf", "cluster reference is immutable after creation"))
  public var cluster: LocalReference
  @Defaulted("Whether the role goes when this object is deleted.", .retain) public var databaseRoleReclaimPolicy:
    ReclaimPolicy
  @Field("Certificate by which the role can log in.") public var clientCertificate: RoleCertificate?

  @Required("Name of the role; it cannot be changed.") public var name: String
  @Field("Comment on the role.") public var comment: String?
  @Defaulted("Always `present`: delete the object to remove the role.", .present) public var ensure: Ensure
  @Field("Secret with `username` and `password`.") public var passwordSecret: LocalReference?
  @Defaulted("Whether the password is removed.", false) public var disablePassword: Bool
  @Defaulted("Connections the role may have at once; -1 means any number.", -1, .maximum(Int(Int32.max))) public
    var connectionLimit: Int
  @Field("Time at which the password ends, RFC 3339.", .format("date-time")) public var validUntil: String?
  @Field("Roles it is a member of; other memberships are revoked.") public var inRoles: [String]?
  @Defaulted("Whether it has the rights of the roles it is a member of.", true) public var inherit: Bool
  @Defaulted("Whether it may log in.", false) public var login: Bool
  @Defaulted("Whether it is a superuser.", false) public var superuser: Bool
  @Defaulted("Whether it may create databases.", false) public var createdb: Bool
  @Defaulted("Whether it may create roles.", false) public var createrole: Bool
  @Defaulted("Whether it may start replication.", false) public var replication: Bool
  @Defaulted("Whether row-level security does not apply to it.", false) public var bypassrls: Bool

  public init() {}

  public static func refine(_ schema: inout Schema) {
    schema.rules += [
      Schema.Rule("self.name == oldSelf.name", message: "name is immutable"),
      Schema.Rule(
        "!has(self.ensure) || self.ensure != 'absent'",
        message: "ensure: absent is not supported for DatabaseRole; "
          + "delete the resource with databaseRoleReclaimPolicy: delete instead"),
      Schema.Rule("self.name != 'postgres'", message: "the role name postgres is reserved"),
      Schema.Rule("self.name != 'streaming_replica'", message: "the role name streaming_replica is reserved"),
      Schema.Rule("!self.name.startsWith('pg_')", message: "role names starting with pg_ are reserved by PostgreSQL"),
      Schema.Rule(
        "!self.name.startsWith('cnpg_')", message: "role names starting with cnpg_ are reserved by the operator"),
      Schema.Rule("self.name.size() != 0", message: "role name must not be empty"),
      Schema.Rule(
        "!has(self.passwordSecret) || !has(self.disablePassword) || !self.disablePassword",
        message: "passwordSecret and disablePassword are mutually exclusive"),
      Schema.Rule(
        "!has(self.clientCertificate) || !self.clientCertificate.enabled || (has(self.login) && self.login)",
        message: "clientCertificate requires the role to have login enabled"),
    ]
  }
}

public struct RoleCertificate: Declared {
  @Defaulted("Whether the certificate is made.", true) public var enabled: Bool

  public init() {}
}

public struct DatabaseRoleStatus: Declared {
  @Field("Generation of the object that was last acted on.") public var observedGeneration: Int?
  @Field("Whether it was applied; absent while unknown.") public var applied: Bool?
  @Field("What went wrong.") public var message: String?
  @Field("Version of the Secret the password came from.") public var secretResourceVersion: String?
  @Field("State of the certificate.") public var clientCertificate: RoleCertificateState?
  @Field("Aspects of the role's state.", .listMap("type")) public var conditions: [Condition]?

  public init() {}
}

public struct RoleCertificateState: Declared {
  @Field("When it ends, as Go prints a time.") public var expiration: String?
  @Field("Why there is none.") public var message: String?

  public init() {}
}
