/// Addresses behind a service.
public struct EndpointSlice: APIObject {
  public static let resource = ResourceType(group: "discovery.k8s.io", kind: "EndpointSlice", plural: "endpointslices")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("", .oneOf("FQDN", "IPv4", "IPv6")) public var addressType: String
  @Field public var endpoints: [Endpoint]?
  @Field public var ports: [EndpointPort]?

  public init() {}
}

/// One of them.
public struct Endpoint: Declared {
  @Required("", .listSet) public var addresses: [String]
  @Field public var conditions: EndpointConditions?
  @Field public var deprecatedTopology: [String: String]?
  @Field public var hints: EndpointHints?
  @Field public var hostname: String?
  @Field public var nodeName: String?
  @Field public var targetRef: ObjectReference?
  @Field public var zone: String?

  public init() {}
}

/// Whether it may get traffic.
public struct EndpointConditions: Declared {
  @Field public var ready: Bool?
  @Field public var serving: Bool?
  @Field public var terminating: Bool?

  public init() {}
}

/// Which zones and nodes should use it.
public struct EndpointHints: Declared {
  @Field public var forNodes: [ForNode]?
  @Field public var forZones: [ForZone]?

  public init() {}
}

/// A zone that should use it.
public struct ForZone: Declared {
  @Required public var name: String

  public init() {}
}

/// A node that should use it.
public struct ForNode: Declared {
  @Required public var name: String

  public init() {}
}

/// A port that all endpoints of the slice have.
public struct EndpointPort: Declared {
  @Defaulted("", "") public var name: String
  @Field public var appProtocol: String?
  @Field public var port: Int?
  @Defaulted("", "TCP") public var `protocol`: String

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}
