/// What a node says of itself.
public struct NodeStatus: Declared {
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var addresses: [NodeAddress]?
  @Field public var allocatable: [String: Quantity]?
  @Field public var capacity: [String: Quantity]?
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var conditions: [NodeCondition]?
  @Field public var config: JSON?
  @Field public var daemonEndpoints: NodeDaemonEndpoints?
  @Field public var features: JSON?
  @Field public var images: [ContainerImage]?
  @Field public var nodeInfo: NodeSystemInfo?
  @Field public var phase: String?
  @Field public var runtimeHandlers: [JSON]?
  @Field("", .listAtomic) public var volumesAttached: [AttachedVolume]?
  @Field public var volumesInUse: [String]?

  public init() {}
}

/// One aspect of a node's state.
public struct NodeCondition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Field public var lastHeartbeatTime: String?
  @Field public var lastTransitionTime: String?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}

/// An address of a node.
public struct NodeAddress: Declared {
  @Required public var type: String
  @Required public var address: String

  public init() {}
}

/// What runs on the node.
public struct NodeSystemInfo: Declared {
  @Required public var architecture: String
  @Required public var bootID: String
  @Required public var containerRuntimeVersion: String
  @Required public var kernelVersion: String
  @Required public var kubeProxyVersion: String
  @Required public var kubeletVersion: String
  @Required public var machineID: String
  @Required public var operatingSystem: String
  @Required public var osImage: String
  @Field public var swap: JSON?
  @Required public var systemUUID: String

  public init() {}
}

/// Where the node's daemons listen.
public struct NodeDaemonEndpoints: Declared {
  @Field public var kubeletEndpoint: DaemonEndpoint?

  public init() {}
}

/// One of them.
public struct DaemonEndpoint: Declared {
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Required public var Port: Int

  public init() {}
}

/// An image the node has.
public struct ContainerImage: Declared {
  @Field public var names: [String]?
  @Field public var sizeBytes: Int?

  public init() {}
}

/// A volume attached to the node.
public struct AttachedVolume: Declared {
  @Required public var name: String
  @Required public var devicePath: String

  public init() {}
}
