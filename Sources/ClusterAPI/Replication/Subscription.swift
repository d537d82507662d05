import Kubernetes

/// A subscription of logical replication in a database of a cluster.
public struct Subscription: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "Subscription", plural: "subscriptions")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("What the subscription should be.") public var spec: SubscriptionSpec
  @Field("What was last done.") public var status: AppliedStatus?

  public init() {}
}

public struct SubscriptionSpec: Declared {
  @Required("Cluster it belongs to.", .rule("self == oldSelf", "cluster reference is immutable after creation"))
  public var cluster: LocalReference
  @Required("Name of the subscription; it cannot be changed.", .rule("self == oldSelf", "name is immutable"))
  public var name: String
  @Required("Database it is in; it cannot be changed.", .rule("self == oldSelf", "dbname is immutable"))
  public var dbname: String
  @Required("Name of the entry of the cluster's `externalClusters` to subscribe to.") public var externalClusterName:
    String
  @Required("Name of the publication there.") public var publicationName: String
  @Field("Database of the publication; the external cluster's `dbname` when absent.") public var publicationDBName:
    String?
  @Field("Parameters, as after WITH.") public var parameters: [String: String]?
  @Defaulted("Whether the subscription goes when this object is deleted.", .retain)
  public var subscriptionReclaimPolicy: ReclaimPolicy

  public init() {}
}
