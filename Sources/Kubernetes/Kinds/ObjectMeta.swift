/// What every object of the API carries about itself (Kubernetes API conventions, "Metadata").
public struct ObjectMeta: Declared {
  @Field public var name: String?
  @Field public var generateName: String?
  @Field public var namespace: String?
  @Field public var uid: String?
  @Field public var resourceVersion: String?
  @Field public var generation: Int?
  @Field public var creationTimestamp: String?
  @Field public var deletionTimestamp: String?
  @Field public var deletionGracePeriodSeconds: Int?
  @Field public var labels: [String: String]?
  @Field public var annotations: [String: String]?
  @Field("", .listMap("uid"), .patchMerge(key: "uid")) public var ownerReferences: [OwnerReference]?
  @Field("", .listSet, .patchMerge(key: nil)) public var finalizers: [String]?
  @Field("", .listAtomic) public var managedFields: [JSON]?
  @Field public var selfLink: String?

  public init() {}
}

/// The object that another one belongs to and goes away with.
public struct OwnerReference: Declared, Hashable {
  @Required public var apiVersion: String
  @Required public var kind: String
  @Required public var name: String
  @Required public var uid: String
  @Field public var controller: Bool?
  @Field public var blockOwnerDeletion: Bool?

  public init() {}

  public func hash(into hasher: inout Hasher) { hasher.combine(uid) }
}
