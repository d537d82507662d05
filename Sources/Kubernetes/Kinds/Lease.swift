/// A right held for a time, and a heartbeat.
public struct Lease: APIObject {
  public static let resource = ResourceType(group: "coordination.k8s.io", kind: "Lease", plural: "leases")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: LeaseSpec?

  public init() {}
}

/// Who holds it, and since when.
public struct LeaseSpec: Declared {
  @Field public var acquireTime: String?
  @Field public var holderIdentity: String?
  @Field("", .count) public var leaseDurationSeconds: Int?
  @Field("", .count) public var leaseTransitions: Int?
  @Field public var preferredHolder: String?
  @Field public var renewTime: String?
  @Field public var strategy: String?

  public init() {}
}
