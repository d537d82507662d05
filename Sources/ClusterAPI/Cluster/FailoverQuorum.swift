import Kubernetes

/// The synchronous standby list that a primary has in force, kept outside it for the moment it is lost. Made by the
/// operator.
public struct FailoverQuorum: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "FailoverQuorum", plural: "failoverquorums")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field("The list in force.") public var status: FailoverQuorumStatus?

  public init() {}
}

public struct FailoverQuorumStatus: Declared {
  @Field("`ANY` or `FIRST`.") public var method: String?
  @Field("Names in the list.") public var standbyNames: [String]?
  @Field("Standbys that must confirm a commit.") public var standbyNumber: Int?
  @Field("Primary that wrote this.") public var primary: String?

  public init() {}
}
