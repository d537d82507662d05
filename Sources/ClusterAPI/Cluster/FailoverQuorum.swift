import Kubernetes

/// What the record in the Lease says of synchronous replication, in words that people and tools know: a copy, which no
/// decision reads. Made by the operator; its status is written by the instance that leads.
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

extension Cluster {
  /// Whether a FailoverQuorum is kept for people to read.
  public var wantsFailoverQuorum: Bool { spec.postgresql?.synchronous?.failoverQuorum == true }
}
