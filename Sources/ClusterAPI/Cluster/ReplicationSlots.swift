import Kubernetes

/// Replication slots.
public struct ReplicationSlotsConfiguration: Declared {
  @Field("Physical slots for the standbys of the cluster.", .refine { $0.defaultValue = ["enabled": true] })
  public var highAvailability: HighAvailabilitySlots?
  @Defaulted("Seconds between updates of the standbys' copies of the slots.", 30, .count, .minimum(1))
  public var updateInterval: Int
  @Field("Copies of users' own physical slots on the standbys.") public var synchronizeReplicas: SynchronizedSlots?

  public init() {}
}

/// The slots by which the primary keeps write-ahead log for each standby.
public struct HighAvailabilitySlots: Declared {
  @Defaulted("Whether each standby has a slot.", true) public var enabled: Bool
  @Defaulted("Beginning of the slots' names.", "_cnpg_", .pattern("^[0-9a-z_]*$")) public var slotPrefix: String
  @Defaulted("Whether logical slots are kept on the standbys, so that they survive a failover.", false)
  public var synchronizeLogicalDecoding: Bool

  public init() {}
}

public struct SynchronizedSlots: Declared {
  @Defaulted("Whether users' slots are copied.", true) public var enabled: Bool
  @Field("Regular expressions; slots whose name matches one are not copied.") public var excludePatterns: [String]?

  public init() {}
}
