/// Runs pods until enough of them have succeeded.
public struct Job: APIObject {
  public static let resource = ResourceType(group: "batch", kind: "Job", plural: "jobs", categories: ["all"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: JobSpec?
  @Field public var status: JobStatus?

  public init() {}
}

/// Which pods, and how often.
public struct JobSpec: Declared {
  @Field("", .minimum(0)) public var activeDeadlineSeconds: Int?
  @Defaulted("", 6, .count) public var backoffLimit: Int
  @Field("", .count) public var backoffLimitPerIndex: Int?
  @Defaulted("", "NonIndexed", .oneOf("Indexed", "NonIndexed")) public var completionMode: String
  @Field("", .count) public var completions: Int?
  @Field public var managedBy: String?
  @Field public var manualSelector: Bool?
  @Field("", .count) public var maxFailedIndexes: Int?
  @Defaulted("", 1, .count) public var parallelism: Int
  @Field public var podFailurePolicy: JSON?
  @Field public var podReplacementPolicy: String?
  @Field public var selector: LabelSelector?
  @Field public var successPolicy: JSON?
  @Defaulted("", false) public var suspend: Bool
  @Required public var template: PodTemplateSpec
  @Field("", .count) public var ttlSecondsAfterFinished: Int?

  public init() {}
}

/// How far it is.
public struct JobStatus: Declared {
  @Field("", .count) public var active: Int?
  @Field public var completedIndexes: String?
  @Field public var completionTime: String?
  @Field("", .listAtomic, .patchMerge(key: "type")) public var conditions: [JobCondition]?
  @Field("", .count) public var failed: Int?
  @Field public var failedIndexes: String?
  @Field("", .count) public var ready: Int?
  @Field public var startTime: String?
  @Field("", .count) public var succeeded: Int?
  @Field("", .count) public var terminating: Int?
  @Field public var uncountedTerminatedPods: JSON?

  public init() {}
}

/// One aspect of a job's state.
public struct JobCondition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Field public var lastProbeTime: String?
  @Field public var lastTransitionTime: String?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}
