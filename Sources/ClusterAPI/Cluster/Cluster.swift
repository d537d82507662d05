import Kubernetes

/// A PostgreSQL cluster: one primary and its hot standbys.
public struct Cluster: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "Cluster", plural: "clusters")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("What the cluster should be.") public var spec: ClusterSpec
  @Field("What was last observed of the cluster; written by the operator and the instances.")
  public var status: ClusterStatus?

  public init() {}
}
