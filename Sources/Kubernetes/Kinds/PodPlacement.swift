/// Lets a pod onto nodes with a matching taint.
public struct Toleration: Declared {
  @Field public var key: String?
  @Field("", .oneOf("Equal", "Exists")) public var `operator`: String?
  @Field("", .oneOf("NoExecute", "NoSchedule", "PreferNoSchedule")) public var effect: String?
  @Field public var tolerationSeconds: Int?
  @Field public var value: String?

  public init() {}
}

/// How evenly matching pods are spread over the domains of a topology.
public struct TopologySpreadConstraint: Declared {
  @Field public var labelSelector: LabelSelector?
  @Field public var matchLabelKeys: [String]?
  @Required("", .minimum(1)) public var maxSkew: Int
  @Field public var minDomains: Int?
  @Field public var nodeAffinityPolicy: String?
  @Field public var nodeTaintsPolicy: String?
  @Required public var topologyKey: String
  @Required("", .oneOf("DoNotSchedule", "ScheduleAnyway")) public var whenUnsatisfiable: String

  public init() {}
}
