/// How many pods may be evicted at once.
public struct PodDisruptionBudget: APIObject {
  public static let resource = ResourceType(
    group: "policy", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets", shortNames: ["pdb"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: PodDisruptionBudgetSpec?
  @Field public var status: PodDisruptionBudgetStatus?

  public init() {}
}

/// Which pods, and how many must stay.
public struct PodDisruptionBudgetSpec: Declared {
  @Field("", .count) public var maxUnavailable: IntOrString?
  @Field("", .count) public var minAvailable: IntOrString?
  @Field public var selector: LabelSelector?
  @Field("", .oneOf("AlwaysAllow", "IfHealthyBudget")) public var unhealthyPodEvictionPolicy: String?

  public init() {}
}

/// How many may go now.
public struct PodDisruptionBudgetStatus: Declared {
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var conditions: [Condition]?
  @Required("", .count) public var currentHealthy: Int
  @Required("", .count) public var desiredHealthy: Int
  @Field public var disruptedPods: [String: String]?
  @Required("", .count) public var disruptionsAllowed: Int
  @Required("", .count) public var expectedPods: Int
  @Field public var observedGeneration: Int?

  public init() {}
}
