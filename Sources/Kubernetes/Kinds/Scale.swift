/// The replicas of anything that can be scaled.
public struct Scale: APIObject {
  public static let resource = ResourceType(group: "autoscaling", kind: "Scale", plural: "scales")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: ScaleSpec?
  @Field public var status: ScaleStatus?

  public init() {}
}

/// How many are wanted.
public struct ScaleSpec: Declared {
  @Field("", .minimum(0)) public var replicas: Int?

  public init() {}
}

/// How many there are.
public struct ScaleStatus: Declared {
  @Required public var replicas: Int
  @Field public var selector: String?

  public init() {}
}
