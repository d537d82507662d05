import Kubernetes

/// Rules for the choice of nodes.
public struct AffinityConfiguration: Declared {
  @Field("Whether instances of the cluster avoid each other's nodes; true when absent.")
  public var enablePodAntiAffinity: Bool?
  @Field("Label of nodes that instances avoid to share; kubernetes.io/hostname when absent.") public var topologyKey:
    String?
  @Field("Whether avoiding is `preferred` or `required`.") public var podAntiAffinityType: String?
  @Field("Labels that a node must have.") public var nodeSelector: [String: String]?
  @Field("Rules about labels of nodes, as in the core API.") public var nodeAffinity: NodeAffinity?
  @Field("Taints of nodes to put up with.", .listAtomic) public var tolerations: [Toleration]?
  @Field("More pods to avoid, as in the core API.") public var additionalPodAntiAffinity: PodAntiAffinity?
  @Field("Pods to be close to, as in the core API.") public var additionalPodAffinity: PodAffinity?

  public init() {}
}

/// Announces work on the nodes.
public struct NodeMaintenanceWindow: Declared {
  @Defaulted("Whether the work is under way.", false) public var inProgress: Bool
  @Defaulted("Whether to wait for the node and its volume, rather than to make the instance anew elsewhere.", true)
  public var reusePVC: Bool

  public init() {}
}
