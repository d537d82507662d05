import Kubernetes

/// A publication of logical replication in a database of a cluster.
public struct Publication: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "Publication", plural: "publications")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("What the publication should be.") public var spec: PublicationSpec
  @Field("What was last done.") public var status: AppliedStatus?

  public init() {}
}

public struct PublicationSpec: Declared {
  @Required("Cluster it belongs to.", .rule("self == oldSelf", "cluster reference is immutable after creation"))
  public var cluster: LocalReference
  @Required("Name of the publication; it cannot be changed.", .rule("self == oldSelf", "name is immutable"))
  public var name: String
  @Required("Database it is in; it cannot be changed.", .rule("self == oldSelf", "dbname is immutable"))
  public var dbname: String
  @Required("What is published.") public var target: PublicationTarget
  @Field("Parameters, as after WITH.") public var parameters: [String: String]?
  @Defaulted("Whether the publication goes when this object is deleted.", .retain)
  public var publicationReclaimPolicy: ReclaimPolicy

  public init() {}
}

public struct PublicationTarget: Declared {
  @Field("Whether all tables are published.", .rule("self == oldSelf", "allTables is immutable")) public var allTables:
    Bool?
  @Field(
    "What is published otherwise.", .maxItems(100_000),
    .rule(
      "!(self.exists(o, has(o.table) && has(o.table.columns)) && self.exists(o, has(o.tablesInSchema)))",
      "specifying a column list when the publication also publishes tablesInSchema is not supported"))
  public var objects: [PublicationObject]?

  public init() {}

  public static func refine(_ schema: inout Schema) {
    schema.rules.append(
      Schema.Rule(
        "(has(self.allTables) && !has(self.objects)) || (!has(self.allTables) && has(self.objects))",
        message: "allTables and objects are mutually exclusive"))
  }
}

public struct PublicationObject: Declared {
  @Field("Schema whose tables are published.") public var tablesInSchema: String?
  @Field("Table that is published.") public var table: PublicationTable?

  public init() {}

  public static func refine(_ schema: inout Schema) {
    schema.rules.append(
      Schema.Rule(
        "(has(self.tablesInSchema) && !has(self.table)) || (!has(self.tablesInSchema) && has(self.table))",
        message: "tablesInSchema and table are mutually exclusive"))
  }
}

public struct PublicationTable: Declared {
  @Required("Name of the table.") public var name: String
  @Field("Its schema; the search path's when absent.") public var schema: String?
  @Field("Whether tables that inherit from it are left out.") public var only: Bool?
  @Field("Columns that are published; all when absent.") public var columns: [String]?

  public init() {}
}

/// State of an object kept inside PostgreSQL.
public struct AppliedStatus: Declared {
  @Field("Generation of the object that was last acted on.") public var observedGeneration: Int?
  @Field("Whether it was applied; absent while unknown.") public var applied: Bool?
  @Field("What went wrong.") public var message: String?

  public init() {}
}
