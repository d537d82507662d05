/// Rules about which nodes, and beside which pods.
public struct Affinity: Declared {
  @Field public var nodeAffinity: NodeAffinity?
  @Field public var podAffinity: PodAffinity?
  @Field public var podAntiAffinity: PodAntiAffinity?

  public init() {}
}

/// Rules about nodes.
public struct NodeAffinity: Declared {
  @Field public var preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm]?
  @Field public var requiredDuringSchedulingIgnoredDuringExecution: NodeSelector?

  public init() {}
}

/// A wish about nodes, with its weight.
public struct PreferredSchedulingTerm: Declared {
  @Required public var preference: NodeSelectorTerm
  @Required("", .minimum(1), .maximum(100)) public var weight: Int

  public init() {}
}

/// Terms of which one must match.
public struct NodeSelector: Declared {
  @Required public var nodeSelectorTerms: [NodeSelectorTerm]

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// Requirements that must all hold.
public struct NodeSelectorTerm: Declared {
  @Field public var matchExpressions: [NodeSelectorRequirement]?
  @Field public var matchFields: [NodeSelectorRequirement]?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// A requirement on a label or a field of the node.
public struct NodeSelectorRequirement: Declared {
  @Required public var key: String
  @Required("", .oneOf("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn")) public var `operator`: String
  @Field public var values: [String]?

  public init() {}
}

/// Rules about which pods to be near to.
public struct PodAffinity: Declared {
  @Field public var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm]?
  @Field public var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm]?

  public init() {}
}

/// Rules about which pods to stay away from.
public struct PodAntiAffinity: Declared {
  @Field public var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm]?
  @Field public var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm]?

  public init() {}
}

/// A wish about neighbours, with its weight.
public struct WeightedPodAffinityTerm: Declared {
  @Required public var podAffinityTerm: PodAffinityTerm
  @Required("", .minimum(1), .maximum(100)) public var weight: Int

  public init() {}
}

/// Pods, and the topology in which near and far are meant.
public struct PodAffinityTerm: Declared {
  @Field public var labelSelector: LabelSelector?
  @Field public var matchLabelKeys: [String]?
  @Field public var mismatchLabelKeys: [String]?
  @Field public var namespaceSelector: LabelSelector?
  @Field public var namespaces: [String]?
  @Required public var topologyKey: String

  public init() {}
}
