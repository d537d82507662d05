/// One stable address for a changing set of pods.
public struct Service: APIObject {
  public static let resource = ResourceType(
    kind: "Service", plural: "services", shortNames: ["svc"], categories: ["all"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: ServiceSpec?
  @Field public var status: ServiceStatus?

  public init() {}
}

/// Which pods, by which ports, reached from where.
public struct ServiceSpec: Declared {
  @Defaulted("", "ClusterIP", .oneOf("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")) public var type: String
  @Field public var allocateLoadBalancerNodePorts: Bool?
  @Field public var clusterIP: String?
  @Field public var clusterIPs: [String]?
  @Field public var externalIPs: [String]?
  @Field public var externalName: String?
  @Field("", .oneOf("Cluster", "Local")) public var externalTrafficPolicy: String?
  @Field public var healthCheckNodePort: Int?
  @Field("", .oneOf("Cluster", "Local")) public var internalTrafficPolicy: String?
  @Field public var ipFamilies: [String]?
  @Field public var ipFamilyPolicy: String?
  @Field public var loadBalancerClass: String?
  @Field public var loadBalancerIP: String?
  @Field public var loadBalancerSourceRanges: [String]?
  @Field("", .listMap("port", "protocol"), .patchMerge(key: "port")) public var ports: [ServicePort]?
  @Field public var publishNotReadyAddresses: Bool?
  @Field("", .atomicMap) public var selector: [String: String]?
  @Defaulted("", "None", .oneOf("ClientIP", "None")) public var sessionAffinity: String
  @Field public var sessionAffinityConfig: SessionAffinityConfig?
  @Field public var trafficDistribution: String?

  public init() {}
}

/// A port of the service and the pods' port behind it.
public struct ServicePort: Declared {
  @Field public var name: String?
  @Field public var appProtocol: String?
  @Field("", .minimum(0), .maximum(65535)) public var nodePort: Int?
  @Required("", .minimum(1), .maximum(65535)) public var port: Int
  @Defaulted("", "TCP", .oneOf("SCTP", "TCP", "UDP")) public var `protocol`: String
  @Field public var targetPort: IntOrString?

  public init() {}
}

/// Settings of `sessionAffinity`.
public struct SessionAffinityConfig: Declared {
  @Field public var clientIP: ClientIPConfig?

  public init() {}
}

/// How long a client stays with one pod.
public struct ClientIPConfig: Declared {
  @Defaulted("", 10800) public var timeoutSeconds: Int

  public init() {}
}

/// What the load balancer says.
public struct ServiceStatus: Declared {
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var conditions: [Condition]?
  @Field public var loadBalancer: LoadBalancerStatus?

  public init() {}
}

/// Where the load balancer listens.
public struct LoadBalancerStatus: Declared {
  @Field public var ingress: [LoadBalancerIngress]?

  public init() {}
}

/// One such address.
public struct LoadBalancerIngress: Declared {
  @Field public var hostname: String?
  @Field public var ip: String?
  @Field public var ipMode: String?
  @Field public var ports: [PortStatus]?

  public init() {}
}

/// One port of it.
public struct PortStatus: Declared {
  @Field public var error: String?
  @Required public var port: Int
  @Required public var `protocol`: String

  public init() {}
}
