/// Keeps equal pods running and exchanges them gradually.
public struct Deployment: APIObject {
  public static let resource = ResourceType(
    group: "apps", kind: "Deployment", plural: "deployments", shortNames: ["deploy"], categories: ["all"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: DeploymentSpec?
  @Field public var status: DeploymentStatus?

  public init() {}
}

/// How many pods, made from what.
public struct DeploymentSpec: Declared {
  @Field("", .count) public var minReadySeconds: Int?
  @Field public var paused: Bool?
  @Defaulted("", 600, .count) public var progressDeadlineSeconds: Int
  @Defaulted("", 1, .count) public var replicas: Int
  @Defaulted("", 10, .count) public var revisionHistoryLimit: Int
  @Required public var selector: LabelSelector
  @Defaulted(
    "", DeploymentStrategy.with { $0.rollingUpdate = RollingUpdateDeployment() },
    .refine { $0.patchStrategy = "retainKeys" }) public var strategy: DeploymentStrategy
  @Required public var template: PodTemplateSpec

  public init() {}
}

/// How old pods are replaced.
public struct DeploymentStrategy: Declared {
  @Defaulted("", "RollingUpdate", .oneOf("Recreate", "RollingUpdate")) public var type: String
  @Field public var rollingUpdate: RollingUpdateDeployment?

  public init() {}
}

/// How gradual the replacement is.
public struct RollingUpdateDeployment: Declared {
  @Defaulted("", .string("25%"), .count) public var maxSurge: IntOrString
  @Defaulted("", .string("25%"), .count) public var maxUnavailable: IntOrString

  public init() {}
}

/// How far it is.
public struct DeploymentStatus: Declared {
  @Field("", .count) public var availableReplicas: Int?
  @Field("", .count) public var collisionCount: Int?
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var conditions: [DeploymentCondition]?
  @Field public var observedGeneration: Int?
  @Field("", .count) public var readyReplicas: Int?
  @Field("", .count) public var replicas: Int?
  @Field("", .count) public var terminatingReplicas: Int?
  @Field("", .count) public var unavailableReplicas: Int?
  @Field("", .count) public var updatedReplicas: Int?

  public init() {}
}

/// One aspect of a deployment's state.
public struct DeploymentCondition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Field public var lastTransitionTime: String?
  @Field public var lastUpdateTime: String?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}
