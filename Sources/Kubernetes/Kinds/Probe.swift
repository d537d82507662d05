/// How the kubelet asks a container whether it is well.
public struct Probe: Declared {
  @Field public var exec: ExecAction?
  @Defaulted("", 3, .count) public var failureThreshold: Int
  @Field public var grpc: GRPCAction?
  @Field public var httpGet: HTTPGetAction?
  @Field("", .count) public var initialDelaySeconds: Int?
  @Defaulted("Seconds between two probes.", 10, .count) public var periodSeconds: Int
  @Defaulted("", 1, .count) public var successThreshold: Int
  @Field public var tcpSocket: TCPSocketAction?
  @Field("", .count) public var terminationGracePeriodSeconds: Int?
  @Defaulted("", 1, .count) public var timeoutSeconds: Int

  public init() {}
}

/// A command in the container.
public struct ExecAction: Declared {
  @Field public var command: [String]?

  public init() {}
}

/// A GET request to the container.
public struct HTTPGetAction: Declared {
  @Field public var host: String?
  @Field public var httpHeaders: [HTTPHeader]?
  @Defaulted("", "/") public var path: String
  @Required public var port: IntOrString
  @Defaulted("", "HTTP", .oneOf("HTTP", "HTTPS")) public var scheme: String

  public init() {}
}

/// A header of the request.
public struct HTTPHeader: Declared {
  @Required public var name: String
  @Required public var value: String

  public init() {}
}

/// A connection to the container.
public struct TCPSocketAction: Declared {
  @Field public var host: String?
  @Required public var port: IntOrString

  public init() {}
}

/// A gRPC health check.
public struct GRPCAction: Declared {
  @Required public var port: Int
  @Field public var service: String?

  public init() {}
}

/// What is done after a container's start and before its end.
public struct Lifecycle: Declared {
  @Field public var postStart: LifecycleHandler?
  @Field public var preStop: LifecycleHandler?
  @Field public var stopSignal: String?

  public init() {}
}

/// One such thing; exactly one member.
public struct LifecycleHandler: Declared {
  @Field public var exec: ExecAction?
  @Field public var httpGet: HTTPGetAction?
  @Field public var sleep: SleepAction?
  @Field public var tcpSocket: TCPSocketAction?

  public init() {}
}

/// A pause.
public struct SleepAction: Declared {
  @Required("", .count) public var seconds: Int

  public init() {}
}
