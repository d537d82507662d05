import Kubernetes

public struct DatabaseSchema: Declared {
  @Required("Name of the schema.") public var name: String
  @Defaulted("Whether it is to exist.", .present) public var ensure: Ensure
  @Field("Role that owns it.") public var owner: String?

  public init() {}
}

public struct DatabaseExtension: Declared {
  @Required("Name of the extension.") public var name: String
  @Defaulted("Whether it is to exist.", .present) public var ensure: Ensure
  @Field("Its version; the default one when absent.") public var version: String?
  @Field("Schema of its objects.") public var schema: String?

  public init() {}

}

public struct ForeignDataWrapper: Declared {
  @Required("Name of the wrapper.") public var name: String
  @Defaulted("Whether it is to exist.", .present) public var ensure: Ensure
  @Field("Function that handles it; `-` for none.") public var handler: String?
  @Field("Function that checks its options; `-` for none.") public var validator: String?
  @Field("Role that owns it.") public var owner: String?
  @Field("Options.") public var options: [ForeignOption]?
  @Field("Roles that may use it.") public var usage: [ForeignUsage]?

  public init() {}
}

public struct ForeignServer: Declared {
  @Required("Name of the server.") public var name: String
  @Defaulted("Whether it is to exist.", .present) public var ensure: Ensure
  @Required("Its foreign-data wrapper.", .rule("self != ''", "fdw is required")) public var fdw: String
  @Field("Options.") public var options: [ForeignOption]?
  @Field("Roles that may use it.") public var usage: [ForeignUsage]?

  public init() {}
}

public struct ForeignOption: Declared {
  @Required("Name of the option.") public var name: String
  @Required("Value of the option.") public var value: String
  @Defaulted("Whether it is to be set.", .present) public var ensure: Ensure

  public init() {}
}

public enum UsageType: String, SchemaType, CaseIterable { case grant, revoke }

public struct ForeignUsage: Declared {
  @Required("Name of the role.", .rule("self != ''", "name is required")) public var name: String
  @Defaulted("Whether the right is granted or revoked.", .grant) public var type: UsageType

  public init() {}
}
