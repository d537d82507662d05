import Kubernetes

/// What the operator keeps as declared inside PostgreSQL and around it.
public struct ManagedConfiguration: Declared {
  @Field("Roles.") public var roles: [ManagedRole]?
  @Field("Services.") public var services: ManagedServices?

  public init() {}
}

public enum Ensure: String, SchemaType, CaseIterable { case present, absent }

/// A role of PostgreSQL with its attributes and memberships.
public struct ManagedRole: Declared {
  @Required("Name of the role.") public var name: String
  @Field("Comment on the role.") public var comment: String?
  @Defaulted("Whether the role is to exist.", .present) public var ensure: Ensure
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
}

public struct ManagedServices: Declared {
  @Field("Default services to leave out: `r`, `ro`.") public var disabledDefaultServices: [ServiceSelectorType]?
  @Field("More services.") public var additional: [ManagedService]?

  public init() {}
}

/// Which instances a service leads to: the primary, standbys only, or any.
public enum ServiceSelectorType: String, SchemaType, CaseIterable, DefaultInitializable {
  case rw, r, ro
  public init() { self = .rw }
}

/// How a changed service is brought up to date.
public enum ServiceUpdateStrategy: String, SchemaType, CaseIterable { case patch, replace }

public struct ManagedService: Declared {
  @Required("Instances it leads to: `rw` the primary, `ro` standbys, `r` any.") public var selectorType:
    ServiceSelectorType
  @Defaulted("Whether a change patches the service or makes it anew.", .patch) public var updateStrategy:
    ServiceUpdateStrategy
  @Required("The service; its selector is the operator's.") public var serviceTemplate: ServiceTemplate

  public init() {}
}
