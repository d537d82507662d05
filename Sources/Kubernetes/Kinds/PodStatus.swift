/// What the kubelet says of a pod.
public struct PodStatus: Declared {
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var conditions: [PodCondition]?
  @Field public var containerStatuses: [ContainerStatus]?
  @Field public var ephemeralContainerStatuses: [ContainerStatus]?
  @Field public var extendedResourceClaimStatus: JSON?
  @Field public var hostIP: String?
  @Field("", .listAtomic, .patchMerge(key: "ip")) public var hostIPs: [HostIP]?
  @Field public var initContainerStatuses: [ContainerStatus]?
  @Field public var message: String?
  @Field public var nominatedNodeName: String?
  @Field public var observedGeneration: Int?
  @Field public var phase: String?
  @Field public var podIP: String?
  @Field("", .listMap("ip"), .patchMerge(key: "ip")) public var podIPs: [PodIP]?
  @Field public var qosClass: String?
  @Field public var reason: String?
  @Field public var resize: String?
  @Field public var resourceClaimStatuses: [JSON]?
  @Field public var startTime: String?

  public init() {}
}

/// One aspect of a pod's state.
public struct PodCondition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Field public var lastProbeTime: String?
  @Field public var lastTransitionTime: String?
  @Field public var message: String?
  @Field public var observedGeneration: Int?
  @Field public var reason: String?

  public init() {}
}

/// An address of the pod.
public struct PodIP: Declared {
  @Required public var ip: String

  public init() {}
}

/// An address of its node.
public struct HostIP: Declared {
  @Required public var ip: String

  public init() {}
}

/// What the kubelet says of a container.
public struct ContainerStatus: Declared {
  @Required public var name: String
  @Field public var allocatedResources: [String: Quantity]?
  @Field public var allocatedResourcesStatus: [JSON]?
  @Field public var containerID: String?
  @Required public var image: String
  @Required public var imageID: String
  @Field public var lastState: ContainerState?
  @Required public var ready: Bool
  @Field public var resources: ResourceRequirements?
  @Required("", .count) public var restartCount: Int
  @Field public var started: Bool?
  @Field public var state: ContainerState?
  @Field public var stopSignal: String?
  @Field public var user: JSON?
  @Field public var volumeMounts: [JSON]?

  public init() {}
}

/// Exactly one member.
public struct ContainerState: Declared {
  @Field public var running: ContainerStateRunning?
  @Field public var terminated: ContainerStateTerminated?
  @Field public var waiting: ContainerStateWaiting?

  public init() {}
}

/// Since when it runs.
public struct ContainerStateRunning: Declared {
  @Field public var startedAt: String?

  public init() {}
}

/// Why it does not run yet.
public struct ContainerStateWaiting: Declared {
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}

/// How it ended.
public struct ContainerStateTerminated: Declared {
  @Field public var containerID: String?
  @Required public var exitCode: Int
  @Field public var finishedAt: String?
  @Field public var message: String?
  @Field public var reason: String?
  @Field public var signal: Int?
  @Field public var startedAt: String?

  public init() {}
}
