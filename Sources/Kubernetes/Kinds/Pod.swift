/// Containers that run together on one node.
public struct Pod: APIObject {
  public static let resource = ResourceType(kind: "Pod", plural: "pods", shortNames: ["po"], categories: ["all"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: PodSpec?
  @Field public var status: PodStatus?

  public init() {}
}

/// What pods are made from.
public struct PodTemplateSpec: Declared {
  @Field public var metadata: ObjectMeta?
  @Field public var spec: PodSpec?

  public init() {}
}
