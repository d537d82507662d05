/// What is to run, and where.
public struct PodSpec: Declared {
  @Field("", .minimum(1), .maximum(Int(Int32.max))) public var activeDeadlineSeconds: Int?
  @Field public var affinity: Affinity?
  @Field public var automountServiceAccountToken: Bool?
  @Required("", .listMap("name"), .patchMerge(key: "name")) public var containers: [Container]
  @Field public var dnsConfig: PodDNSConfig?
  @Defaulted("", "ClusterFirst", .oneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")) public
    var dnsPolicy: String
  @Defaulted("", true) public var enableServiceLinks: Bool
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var ephemeralContainers: [JSON]?
  @Field("", .listMap("ip"), .patchMerge(key: "ip")) public var hostAliases: [HostAlias]?
  @Field public var hostIPC: Bool?
  @Field public var hostNetwork: Bool?
  @Field public var hostPID: Bool?
  @Field public var hostUsers: Bool?
  @Field public var hostname: String?
  @Field public var hostnameOverride: String?
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var imagePullSecrets: [LocalObjectReference]?
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var initContainers: [Container]?
  @Field public var nodeName: String?
  @Field("", .atomicMap) public var nodeSelector: [String: String]?
  @Field public var os: PodOS?
  @Field public var overhead: [String: Quantity]?
  @Field("", .oneOf("Never", "PreemptLowerPriority")) public var preemptionPolicy: String?
  @Field public var priority: Int?
  @Field public var priorityClassName: String?
  @Field public var readinessGates: [PodReadinessGate]?
  @Field("", .listMap("name"), .patchMergeRetainingKeys(key: "name")) public var resourceClaims: [PodResourceClaim]?
  @Field public var resources: ResourceRequirements?
  @Defaulted("", "Always", .oneOf("Always", "OnFailure", "Never")) public var restartPolicy: String
  @Field public var runtimeClassName: String?
  @Defaulted("", "default-scheduler") public var schedulerName: String
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var schedulingGates: [PodSchedulingGate]?
  @Defaulted("", PodSecurityContext()) public var securityContext: PodSecurityContext
  @Field public var serviceAccount: String?
  @Field public var serviceAccountName: String?
  @Field public var setHostnameAsFQDN: Bool?
  @Field public var shareProcessNamespace: Bool?
  @Field public var subdomain: String?
  @Defaulted("", 30, .minimum(0), .maximum(Int(Int32.max))) public var terminationGracePeriodSeconds: Int
  @Field("", .listAtomic) public var tolerations: [Toleration]?
  @Field("", .listMap("topologyKey", "whenUnsatisfiable"), .patchMerge(key: "topologyKey")) public
    var topologySpreadConstraints: [TopologySpreadConstraint]?
  @Field("", .listMap("name"), .patchMergeRetainingKeys(key: "name")) public var volumes: [Volume]?

  public init() {}
}

/// A pod with a gate is not scheduled.
public struct PodSchedulingGate: Declared {
  @Required public var name: String

  public init() {}
}

/// A condition, set by someone else, that the pod needs in order to be ready.
public struct PodReadinessGate: Declared {
  @Required public var conditionType: String

  public init() {}
}

/// Lines of the pod's /etc/hosts.
public struct HostAlias: Declared {
  @Field public var hostnames: [String]?
  @Required public var ip: String

  public init() {}
}

/// Additions to the pod's /etc/resolv.conf.
public struct PodDNSConfig: Declared {
  @Field public var nameservers: [String]?
  @Field public var options: [PodDNSConfigOption]?
  @Field public var searches: [String]?

  public init() {}
}

/// An option of resolv.conf.
public struct PodDNSConfigOption: Declared {
  @Field public var name: String?
  @Field public var value: String?

  public init() {}
}

/// The operating system the pod needs.
public struct PodOS: Declared {
  @Required public var name: String

  public init() {}
}

/// A device claim that containers refer to.
public struct PodResourceClaim: Declared {
  @Required public var name: String
  @Field public var resourceClaimName: String?
  @Field public var resourceClaimTemplateName: String?

  public init() {}
}
