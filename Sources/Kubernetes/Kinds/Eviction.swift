/// Asks to delete a pod if its disruption budgets allow it.
public struct Eviction: APIObject {
  public static let resource = ResourceType(group: "policy", kind: "Eviction", plural: "evictions")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var deleteOptions: DeleteOptions?

  public init() {}
}

/// How an object is deleted.
public struct DeleteOptions: Declared {
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Field public var dryRun: [String]?
  @Field public var gracePeriodSeconds: Int?
  @Field public var ignoreStoreReadErrorWithClusterBreakingPotential: Bool?
  @Field public var orphanDependents: Bool?
  @Field public var preconditions: Preconditions?
  @Field public var propagationPolicy: String?

  public init() {}
}

/// What must be true of it.
public struct Preconditions: Declared {
  @Field public var resourceVersion: String?
  @Field public var uid: String?

  public init() {}
}
