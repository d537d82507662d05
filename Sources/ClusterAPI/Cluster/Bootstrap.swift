import Kubernetes

/// How the data of a cluster's first instance is made. At most one of the methods may be given.
public struct Bootstrap: Declared {
  @Field("A new, empty cluster.") public var initdb: InitDBBootstrap?
  @Field("From a base backup and archived write-ahead log.") public var recovery: RecoveryBootstrap?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("By streaming from a running server.") public var pg_basebackup: BaseBackupBootstrap?

  public init() {}
}

/// A new cluster made by initdb, with one application database.
public struct InitDBBootstrap: Declared {
  @Field("Name of the application database to create; `app` when absent.") public var database: String?
  @Field("Role that owns the application database; the database's name when absent.") public var owner: String?
  @Field("Secret with `username` and `password` of the owner; made when absent.") public var secret: LocalReference?
  @Field("Options for initdb that replace all that would be derived from the fields below. Deprecated.")
  public var options: [String]?
  @Field("Whether data pages carry checksums; initdb's own default when absent.") public var dataChecksums: Bool?
  @Field("Character set; `UTF8` when absent.") public var encoding: String?
  @Field("Collation (LC_COLLATE); `C` when absent.") public var localeCollate: String?
  @Field("Character classes (LC_CTYPE); `C` when absent.") public var localeCType: String?
  @Field("Default locale of new databases.") public var locale: String?
  @Field("Provider of the locale: `libc`, `icu` or `builtin` (PostgreSQL 15 and newer).")
  public var localeProvider: String?
  @Field("ICU locale; needs `localeProvider: icu`.") public var icuLocale: String?
  @Field("Additional ICU collation rules; needs `localeProvider: icu`.") public var icuRules: String?
  @Field("Builtin locale; needs `localeProvider: builtin` (PostgreSQL 17 and newer).") public var builtinLocale: String?
  @Field(
    "Size of a segment of write-ahead log in megabytes, a power of two; 16 when absent.", .minimum(1), .maximum(1024))
  public var walSegmentSize: Int?
  @Field("SQL to run as superuser in database `postgres` after initdb.") public var postInitSQL: [String]?
  @Field("SQL to run as superuser in the application database once it exists.")
  public var postInitApplicationSQL: [String]?
  @Field("SQL to run as superuser in `template1` after initdb.") public var postInitTemplateSQL: [String]?
  @Field("Secrets and ConfigMaps with SQL to run as `postInitSQL` is.") public var postInitSQLRefs: SQLReferences?
  @Field("Secrets and ConfigMaps with SQL to run as `postInitApplicationSQL` is.")
  public var postInitApplicationSQLRefs: SQLReferences?
  @Field("Secrets and ConfigMaps with SQL to run as `postInitTemplateSQL` is.")
  public var postInitTemplateSQLRefs: SQLReferences?
  @Field("Databases to import from another server by dump and restore.") public var `import`: LogicalImport?

  public init() {}

  public static func refine(_ schema: inout Schema) { LocaleRules.add(to: &schema) }
}

/// Files of SQL kept in Secrets and ConfigMaps: the Secrets' first, then the ConfigMaps', each in the order given.
public struct SQLReferences: Declared {
  @Field("Entries of Secrets.") public var secretRefs: [SecretKeyReference]?
  @Field("Entries of ConfigMaps.") public var configMapRefs: [ConfigMapKeyReference]?

  public init() {}
}

/// An import by pg_dump and pg_restore.
public struct LogicalImport: Declared {
  @Required("Server to import from.") public var source: ImportSource
  @Required("`microservice`: one database into the application database; `monolith`: databases and roles as they are.")
  public var type: ImportType
  @Required("Databases to import; `*` means all, for a monolith.") public var databases: [String]
  @Field("Roles to import, for a monolith; `*` means all.") public var roles: [String]?
  @Field("SQL to run as superuser in the application database after the import, for a microservice.")
  public var postImportApplicationSQL: [String]?
  @Defaulted("Whether the import leaves the data out.", false) public var schemaOnly: Bool
  @Field("More options for pg_dump.") public var pgDumpExtraOptions: [String]?
  @Field("More options for pg_restore in all sections.") public var pgRestoreExtraOptions: [String]?
  @Field("Options for pg_restore in the section `pre-data`, in place of pgRestoreExtraOptions.")
  public var pgRestorePredataOptions: [String]?
  @Field("Options for pg_restore in the section `data`, in place of pgRestoreExtraOptions.")
  public var pgRestoreDataOptions: [String]?
  @Field("Options for pg_restore in the section `post-data`, in place of pgRestoreExtraOptions.")
  public var pgRestorePostdataOptions: [String]?

  public init() {}
}

public struct ImportSource: Declared {
  @Required("Name of an entry of `externalClusters`.") public var externalCluster: String

  public init() {}
}

public enum ImportType: String, SchemaType, CaseIterable, DefaultInitializable {
  case microservice, monolith
  public init() { self = .microservice }
}

/// A clone made by pg_basebackup from a running server.
public struct BaseBackupBootstrap: Declared {
  @Required("Name of the entry of `externalClusters` to clone.", .minLength(1)) public var source: String
  @Field("Name of the application database; `app` when absent.") public var database: String?
  @Field("Role that owns the application database; the database's name when absent.") public var owner: String?
  @Field("Secret with `username` and `password` of the owner; made when absent.") public var secret: LocalReference?

  public init() {}
}

/// Rules between the locale's fields, the same for a cluster and for a database.
enum LocaleRules {
  static func add(to schema: inout Schema) {
    for (field, provider) in [("builtinLocale", "builtin"), ("icuLocale", "icu"), ("icuRules", "icu")] {
      schema.rules.append(
        Schema.Rule(
          "!has(self.\(field)) || (has(self.localeProvider) && self.localeProvider == '\(provider)')",
          message: "\(field) is only available when localeProvider is set to `\(provider)`"))
    }
  }
}
