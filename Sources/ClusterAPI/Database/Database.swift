import Kubernetes

/// A database of a cluster and what belongs into it.
public struct Database: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "Database", plural: "databases")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("What the database should be.") public var spec: DatabaseSpec
  @Field("What was last done.") public var status: DatabaseStatus?

  public init() {}
}

public enum ReclaimPolicy: String, SchemaType, CaseIterable { case delete, retain }

public struct DatabaseSpec: Declared {
  @Required("Cluster it belongs to.", .rule("self == oldSelf", "cluster reference is immutable after creation"))
  public var cluster: LocalReference
  @Required(
    "Name of the database; it cannot be changed.", .rule("self == oldSelf", "name is immutable"),
    .rule("self != 'postgres'", "the name postgres is reserved"),
    .rule("self != 'template0'", "the name template0 is reserved"),
    .rule("self != 'template1'", "the name template1 is reserved"))
  public var name: String
  @Required("Role that owns it.") public var owner: String
  @Defaulted("Whether the database is to exist.", .present) public var ensure: Ensure
  @Defaulted("Whether the database goes when this object is deleted.", .retain) public var databaseReclaimPolicy:
    ReclaimPolicy

  @Field("Database to copy; `template1` when absent.", .rule("self == oldSelf", "template is immutable"))
  public var template: String?
  @Field("Character set.", .rule("self == oldSelf", "encoding is immutable")) public var encoding: String?
  @Field("Locale.", .rule("self == oldSelf", "locale is immutable")) public var locale: String?
  @Field("Provider of the locale: `libc`, `icu` or `builtin`.", .rule("self == oldSelf", "localeProvider is immutable"))
  public var localeProvider: String?
  @Field("Collation (LC_COLLATE).", .rule("self == oldSelf", "localeCollate is immutable")) public var localeCollate:
    String?
  @Field("Character classes (LC_CTYPE).", .rule("self == oldSelf", "localeCType is immutable")) public var localeCType:
    String?
  @Field("ICU locale; needs `localeProvider: icu`.", .rule("self == oldSelf", "icuLocale is immutable"))
  public var icuLocale: String?
  @Field(
    "Additional ICU collation rules; needs `localeProvider: icu`.", .rule("self == oldSelf", "icuRules is immutable"))
  public var icuRules: String?
  @Field("Builtin locale; needs `localeProvider: builtin`.", .rule("self == oldSelf", "builtinLocale is immutable"))
  public var builtinLocale: String?
  @Field("Version of the collation, for upgrades.", .rule("self == oldSelf", "collationVersion is immutable"))
  public var collationVersion: String?
  @Field("Whether anybody who may create databases may copy it.") public var isTemplate: Bool?
  @Field("Whether it takes connections.") public var allowConnections: Bool?
  @Field("Connections it takes at once; -1 means any number.", .maximum(Int(Int32.max))) public var connectionLimit:
    Int?
  @Field("Its default tablespace.") public var tablespace: String?

  @Field("Schemas in it.") public var schemas: [DatabaseSchema]?
  @Field("Extensions in it.") public var extensions: [DatabaseExtension]?
  @Field("Foreign-data wrappers in it.") public var fdws: [ForeignDataWrapper]?
  @Field("Foreign servers in it.") public var servers: [ForeignServer]?

  public init() {}

  public static func refine(_ schema: inout Schema) { LocaleRules.add(to: &schema) }
}

public struct DatabaseStatus: Declared {
  @Field("Generation of the object that was last acted on.") public var observedGeneration: Int?
  @Field("Whether it was applied; absent while unknown.") public var applied: Bool?
  @Field("What went wrong.") public var message: String?
  @Field("State of the schemas.") public var schemas: [DatabaseObjectStatus]?
  @Field("State of the extensions.") public var extensions: [DatabaseObjectStatus]?
  @Field("State of the foreign-data wrappers.") public var fdws: [DatabaseObjectStatus]?
  @Field("State of the foreign servers.") public var servers: [DatabaseObjectStatus]?

  public init() {}
}

public struct DatabaseObjectStatus: Declared {
  @Required("Name of the object.") public var name: String
  @Required("Whether it was applied.") public var applied: Bool
  @Field("What went wrong.") public var message: String?

  public init() {}
}
