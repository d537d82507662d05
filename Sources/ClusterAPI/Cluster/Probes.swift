import Kubernetes

/// The probes of an instance.
public struct ProbesConfiguration: Declared {
  @Field("When an instance counts as started.") public var startup: StrategyProbe?
  @Field("When an instance is restarted.") public var liveness: LivenessProbe?
  @Field("When an instance gets connections.") public var readiness: StrategyProbe?

  public init() {}
}

public enum ProbeStrategy: String, SchemaType, CaseIterable {
  case isReady = "pg_isready"
  case streaming, query
}

/// A probe that can ask more of an instance than that it answers.
public struct StrategyProbe: Declared {
  @Field("Seconds after the container's start until the first probe.", .count) public var initialDelaySeconds: Int?
  @Field("Seconds until a probe without an answer has failed.", .count) public var timeoutSeconds: Int?
  @Field("Seconds between probes.", .count) public var periodSeconds: Int?
  @Field("Successes in a row that make it succeed.", .count) public var successThreshold: Int?
  @Field("Failures in a row that make it fail.", .count) public var failureThreshold: Int?
  @Field("Seconds the container has to stop after a failure.", .count) public var terminationGracePeriodSeconds: Int?
  @Field(
    "What is asked: that it accepts connections (`pg_isready`), answers (`query`), or replicates too (`streaming`)."
  )
  public var type: ProbeStrategy?
  @Field("Bytes of write-ahead log a standby may lag behind with `streaming`, as a quantity such as `16Mi`.")
  public var maximumLag: Quantity?

  public init() {}
}

/// The probe that restarts an instance.
public struct LivenessProbe: Declared {
  @Field("Seconds after the container's start until the first probe.", .count) public var initialDelaySeconds: Int?
  @Field("Seconds until a probe without an answer has failed.", .count) public var timeoutSeconds: Int?
  @Field("Seconds between probes.", .count) public var periodSeconds: Int?
  @Field("Successes in a row that make it succeed.", .count) public var successThreshold: Int?
  @Field("Failures in a row that make it fail.", .count) public var failureThreshold: Int?
  @Field("Seconds the container has to stop after a failure.", .count) public var terminationGracePeriodSeconds: Int?
  @Field("Whether a primary that reaches neither the API server nor another instance stops.")
  public var isolationCheck: IsolationCheck?

  public init() {}
}

public struct IsolationCheck: Declared {
  @Defaulted("Whether an isolated primary stops.", true) public var enabled: Bool
  @Defaulted("Milliseconds until a request to another instance has failed.", 1000, .count) public var requestTimeout:
    Int
  @Defaulted("Milliseconds until a connection to another instance has failed.", 1000, .count) public
    var connectionTimeout: Int

  public init() {}
}

/// The Lease that a primary holds. The first three numbers must fall in this order.
public struct PrimaryLeaseConfiguration: Declared {
  @Defaulted("Seconds the lease is valid without renewal.", 15, .count, .minimum(1)) public var leaseDurationSeconds:
    Int
  @Defaulted("Seconds after which a primary that cannot renew it stops.", 10, .count, .minimum(1))
  public var renewDeadlineSeconds: Int
  @Defaulted("Seconds between attempts.", 2, .count, .minimum(1)) public var retryPeriodSeconds: Int
  @Defaulted("Seconds a lease that was given up stays valid.", 1, .count, .minimum(1)) public
    var releasedLeaseDurationSeconds: Int

  public init() {}
}
