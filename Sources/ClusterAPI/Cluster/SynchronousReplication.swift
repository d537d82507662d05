import Kubernetes

/// Synchronous replication: how many standbys must confirm a commit, and which.
public struct SynchronousReplication: Declared {
  @Required("`any`: a quorum among the standbys; `first`: the first ones of the list.") public var method:
    SynchronousMethod
  @Required(
    "Standbys that must confirm.", .count,
    .rule("self > 0", "The number of synchronous replicas should be greater than zero"))
  public var number: Int
  @Field("How many names of this cluster's instances the list may hold; all when absent.", .count)
  public var maxStandbyNamesFromCluster: Int?
  @Field("Names before those of this cluster's instances.") public var standbyNamesPre: [String]?
  @Field("Names after those of this cluster's instances.") public var standbyNamesPost: [String]?
  @Field(
    "`required`: commits wait when standbys are missing; `preferred`: the number shrinks with the healthy standbys.")
  public var dataDurability: DataDurability?
  @Defaulted("Whether a failover waits until the instances it reaches surely include all confirmed commits.", false)
  public var failoverQuorum: Bool
  @Field("Labels of pods that tell failure domains apart; standbys in the primary's domain do not count.")
  public var podFailureDomainKeys: [String]?
  @Field("Labels of nodes that tell failure domains apart; standbys in the primary's domain do not count.")
  public var nodeFailureDomainKeys: [String]?

  public init() {}

  public static func refine(_ schema: inout Schema) {
    schema.rules += [
      Schema.Rule(
        "!has(self.dataDurability) || self.dataDurability != 'preferred'"
          + " || ((!has(self.standbyNamesPre) || self.standbyNamesPre.size() == 0)"
          + " && (!has(self.standbyNamesPost) || self.standbyNamesPost.size() == 0))",
        message: "dataDurability set to 'preferred' requires empty 'standbyNamesPre' and empty 'standbyNamesPost'"),
      Schema.Rule(
        "!(has(self.podFailureDomainKeys) && self.podFailureDomainKeys.size() > 0"
          + " && has(self.nodeFailureDomainKeys) && self.nodeFailureDomainKeys.size() > 0)",
        message: "podFailureDomainKeys and nodeFailureDomainKeys are mutually exclusive"),
    ]
  }
}

public enum SynchronousMethod: String, SchemaType, CaseIterable, DefaultInitializable {
  case any, first
  public init() { self = .any }
}

public enum DataDurability: String, SchemaType, CaseIterable { case required, preferred }
