/// Keeps equal pods running.
public struct ReplicaSet: APIObject {
  public static let resource = ResourceType(
    group: "apps", kind: "ReplicaSet", plural: "replicasets", shortNames: ["rs"], categories: ["all"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: ReplicaSetSpec?
  @Field public var status: ReplicaSetStatus?

  public init() {}
}

/// How many pods, made from what.
public struct ReplicaSetSpec: Declared {
  @Field("", .count) public var minReadySeconds: Int?
  @Defaulted("", 1, .count) public var replicas: Int
  @Required public var selector: LabelSelector
  @Field public var template: PodTemplateSpec?

  public init() {}
}

/// How many there are.
public struct ReplicaSetStatus: Declared {
  @Field("", .count) public var availableReplicas: Int?
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var conditions: [ReplicaSetCondition]?
  @Field("", .count) public var fullyLabeledReplicas: Int?
  @Field public var observedGeneration: Int?
  @Field("", .count) public var readyReplicas: Int?
  @Required("", .count) public var replicas: Int
  @Field("", .count) public var terminatingReplicas: Int?

  public init() {}
}

/// One aspect of a replica set's state.
public struct ReplicaSetCondition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Field public var lastTransitionTime: String?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}
