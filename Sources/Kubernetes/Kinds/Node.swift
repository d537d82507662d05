/// A machine that runs pods.
public struct Node: APIObject {
  public static let resource = ResourceType(kind: "Node", plural: "nodes", namespaced: false, shortNames: ["no"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: NodeSpec?
  @Field public var status: NodeStatus?

  public init() {}
}

/// What is wanted of a node.
public struct NodeSpec: Declared {
  @Field public var configSource: JSON?
  @Field public var externalID: String?
  @Field public var podCIDR: String?
  @Field("", .listSet, .patchMerge(key: nil)) public var podCIDRs: [String]?
  @Field public var providerID: String?
  @Field public var taints: [Taint]?
  @Field public var unschedulable: Bool?

  public init() {}
}

/// Keeps pods away that do not tolerate it.
public struct Taint: Declared {
  @Required public var key: String
  @Required("", .oneOf("NoExecute", "NoSchedule", "PreferNoSchedule")) public var effect: String
  @Field public var timeAdded: String?
  @Field public var value: String?

  public init() {}
}
