/// One program of a pod and what it gets.
public struct Container: Declared {
  @Required public var name: String
  @Field public var args: [String]?
  @Field public var command: [String]?
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var env: [EnvVar]?
  @Field public var envFrom: [EnvFromSource]?
  @Field public var image: String?
  @Field("", .oneOf("Always", "IfNotPresent", "Never")) public var imagePullPolicy: String?
  @Field public var lifecycle: Lifecycle?
  @Field public var livenessProbe: Probe?
  @Field("", .listMap("containerPort", "protocol"), .patchMerge(key: "containerPort")) public var ports:
    [ContainerPort]?
  @Field public var readinessProbe: Probe?
  @Field public var resizePolicy: [ContainerResizePolicy]?
  @Field public var resources: ResourceRequirements?
  @Field public var restartPolicy: String?
  @Field public var restartPolicyRules: [JSON]?
  @Field public var securityContext: SecurityContext?
  @Field public var startupProbe: Probe?
  @Field public var stdin: Bool?
  @Field public var stdinOnce: Bool?
  @Defaulted("", "/dev/termination-log") public var terminationMessagePath: String
  @Defaulted("", "File", .oneOf("FallbackToLogsOnError", "File")) public var terminationMessagePolicy: String
  @Field public var tty: Bool?
  @Field("", .listMap("devicePath"), .patchMerge(key: "devicePath")) public var volumeDevices: [VolumeDevice]?
  @Field("", .listMap("mountPath"), .patchMerge(key: "mountPath")) public var volumeMounts: [VolumeMount]?
  @Field public var workingDir: String?

  public init() {}
}

/// A port the container listens on.
public struct ContainerPort: Declared {
  @Field public var name: String?
  @Required("", .minimum(1), .maximum(65535)) public var containerPort: Int
  @Field public var hostIP: String?
  @Field("", .minimum(0), .maximum(65535)) public var hostPort: Int?
  @Defaulted("", "TCP", .oneOf("SCTP", "TCP", "UDP")) public var `protocol`: String

  public init() {}
}

/// Where a volume appears in the container.
public struct VolumeMount: Declared {
  @Required public var name: String
  @Required public var mountPath: String
  @Field public var mountPropagation: String?
  @Field public var readOnly: Bool?
  @Field public var recursiveReadOnly: String?
  @Field public var subPath: String?
  @Field public var subPathExpr: String?

  public init() {}
}

/// Where a block device appears in the container.
public struct VolumeDevice: Declared {
  @Required public var name: String
  @Required public var devicePath: String

  public init() {}
}

/// What a change of a resource does to a running container.
public struct ContainerResizePolicy: Declared {
  @Required public var resourceName: String
  @Required public var restartPolicy: String

  public init() {}
}

/// What a container needs and may use at most.
public struct ResourceRequirements: Declared {
  @Field("", .listMap("name")) public var claims: [ResourceClaim]?
  @Field public var limits: [String: Quantity]?
  @Field public var requests: [String: Quantity]?

  public init() {}
}

/// A device claim of the pod that this container uses.
public struct ResourceClaim: Declared {
  @Required public var name: String
  @Field public var request: String?

  public init() {}
}
